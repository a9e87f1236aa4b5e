"""Every table of Guard. Nothing that a person typed is in a column that is not `sealed`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Times are milliseconds since 1970 in UTC.
users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("name", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("roles", Text, nullable=False),  # a JSON list
    Column("password_hash", Text),
    Column("created", BigInteger, nullable=False),
    Column("disabled", BigInteger),
    Index("uq_users_tenant_name", "tenant", "name", unique=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("last_used", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("principal_id", String(64), nullable=False, index=True),
    Column("created", BigInteger, nullable=False, index=True),
    Column("last_used", BigInteger, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("transcript_key", LargeBinary),  # wrapped; null once erased
    Column("vault_key", LargeBinary),  # wrapped; null once erased
    Column("vault", LargeBinary),  # sealed
    Column("erased", BigInteger),
)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("request_id", String(40), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("choice", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

histories = Table(
    "histories",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # keyed: of no use without the key
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)

audit_records = Table(
    "audit_records",
    metadata,
    # SQLite's integers are as long as need be, and its key is called so.
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("request_id", String(40), index=True),
    Column("conversation_id", String(40), index=True),
    Column("actor", String(64)),
    Column("decision", String(16), nullable=False),
    Column("reason_id", String(64)),
    Column("record", LargeBinary, nullable=False),  # the exact bytes that are hashed
    Column("hash", LargeBinary, nullable=False),
)

# One row, where several hosts share the database; else the head is a file beside it.
audit_heads = Table(
    "audit_heads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),  # the signed head
)

policy_revisions = Table(
    "policy_revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(80), nullable=False),
    Column("bundle", LargeBinary, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("change_id", String(40)),  # the change set that it came from
    Column("restores", Integer),  # the revision that a rollback brought back
    Column("seal", LargeBinary),  # keyed: a row without it was not written by Guard
)

policy_changes = Table(
    "policy_changes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("status", String(16), nullable=False, index=True),
    Column("title", LargeBinary, nullable=False),  # sealed
    Column("base", Integer, nullable=False),
    Column("base_hash", String(80), nullable=False),
    Column("hash", String(80), nullable=False),
    Column("bundle", LargeBinary, nullable=False),
    Column("authors", Text, nullable=False),  # a JSON list of ids
    Column("evidence", Text, nullable=False),  # a JSON object of hashes and counts
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("revision", Integer),
)

policy_reviews = Table(
    "policy_reviews",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("change_id", String(40), ForeignKey("policy_changes.id"), nullable=False, index=True),
    Column("time", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("hash", String(80), nullable=False),  # of the policy that was looked at
    Column("single_admin", Boolean, nullable=False),
    Column("text", LargeBinary, nullable=False),  # sealed
)

policy_workers = Table(
    "policy_workers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", String(80), nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
)
