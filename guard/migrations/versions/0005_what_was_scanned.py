"""What was found in the texts of a conversation, sealed with the key of its vault"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scanned",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_scanned_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "request_id", name=op.f("pk_scanned")),
    )


def downgrade() -> None:
    op.drop_table("scanned")
