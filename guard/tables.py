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
    Column("password_by", String(64)),  # who set it, where that was not the user
    Column("totp", LargeBinary),  # sealed: the secret of the second factor
    Column("totp_confirmed", BigInteger),  # since when it is asked for
    Column("totp_step", BigInteger),  # the last time step whose code was taken: none is taken twice
    Column("failures", Integer, nullable=False, server_default="0"),  # wrong passwords and codes in a row
    Column("locked", BigInteger),  # until when nobody can sign in
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

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # keyed
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
)

# Who a user is at an OpenID provider.
identities = Table(
    "identities",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # keyed, of issuer and subject
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("last_used", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),  # as lists name it
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("last_used", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("method", String(16), nullable=False),  # password | totp | oidc
    Column("proved", BigInteger, nullable=False),  # when the person last showed password, code or provider
    Column("facts", LargeBinary),  # sealed: browser, address, the provider's token for signing out
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
    Column("title", LargeBinary),  # sealed
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

# Which turn goes on from which answer: a message that was edited or asked again makes a branch.
turns = Table(
    "turns",
    metadata,
    Column("request_id", String(40), primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False, index=True),
    Column("parent", String(40)),  # request id of the turn before; none: the first
    Column("parent_choice", Integer),
    Column("created", BigInteger, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed: model, scenario, whether values were restored
)

feedback = Table(
    "feedback",
    metadata,
    Column("request_id", String(40), primary_key=True),
    Column("choice", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", String(40), ForeignKey("conversations.id"), nullable=False, index=True),
    Column("tenant", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("rating", Integer, nullable=False),  # 1 or -1
    Column("created", BigInteger, nullable=False),
    Column("sealed", LargeBinary),  # what was written with it
)

histories = Table(
    "histories",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # keyed: of no use without the key
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("request_id", String(40)),  # the turn whose answer ends it
    Column("choice", Integer),
)

# What the detectors found in the texts of a conversation: not the texts.
scanned = Table(
    "scanned",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversations.id"), primary_key=True),
    Column("request_id", String(40), primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # as the vault is, and of no use without its key
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

# A reviewer's request to see what stands behind placeholders.
reveals = Table(
    "reveals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(64), nullable=False, index=True),
    Column("status", String(16), nullable=False),  # asked | granted | refused | withdrawn
    Column("actor", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False, index=True),
    Column("placeholder", String(64)),  # none: the whole transcript
    Column("record", BigInteger),  # the record that it was asked from
    Column("reason", String(32), nullable=False),  # a code
    Column("text", LargeBinary, nullable=False),  # sealed
    Column("created", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),  # how long it can be seen once granted
    Column("decider", String(64)),
    Column("decided", BigInteger),
    Column("answer", LargeBinary),  # sealed
    Column("expires", BigInteger),
    Column("looks", Integer, nullable=False),  # how often it was shown
)

# Records that somebody is to look at.
cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("queue", String(16), nullable=False),  # withheld | blocked | reveals | sample
    Column("record", BigInteger, nullable=False),
    Column("request_id", String(40)),
    Column("conversation_id", String(40)),
    Column("created", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # open | closed
    Column("assignee", String(64)),
    Column("disposition", String(32)),  # a code
    Column("reason", LargeBinary),  # sealed
    Column("closed_by", String(64)),
    Column("updated", BigInteger, nullable=False),
    Index("uq_cases_queue_record", "queue", "record", unique=True),
    Index("ix_cases_tenant_queue_status", "tenant", "queue", "status"),
)

# Up to which record of the log the cases were made.
case_progress = Table(
    "case_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, nullable=False),
)
