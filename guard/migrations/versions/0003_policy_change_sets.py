"""Policy change sets, their reviews, and what each process enforces"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("policy_revisions") as batch_op:
        batch_op.add_column(sa.Column("change_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("restores", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seal", sa.LargeBinary(), nullable=True))
    op.create_table(
        "policy_changes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("base_hash", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_changes")),
    )
    op.create_index(op.f("ix_policy_changes_status"), "policy_changes", ["status"], unique=False)
    op.create_table(
        "policy_reviews",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("change_id", sa.String(length=40), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("single_admin", sa.Boolean(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["policy_changes.id"], name=op.f("fk_policy_reviews_change_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_reviews")),
    )
    op.create_index(op.f("ix_policy_reviews_change_id"), "policy_reviews", ["change_id"], unique=False)
    op.create_table(
        "policy_workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_workers")),
    )


def downgrade() -> None:
    op.drop_table("policy_workers")
    op.drop_index(op.f("ix_policy_reviews_change_id"), table_name="policy_reviews")
    op.drop_table("policy_reviews")
    op.drop_index(op.f("ix_policy_changes_status"), table_name="policy_changes")
    op.drop_table("policy_changes")
    with op.batch_alter_table("policy_revisions") as batch_op:
        batch_op.drop_column("seal")
        batch_op.drop_column("restores")
        batch_op.drop_column("change_id")
