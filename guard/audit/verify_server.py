"""Verify an audit log on a database server: the same checks as of a file, in one transaction that only reads."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from guard.audit.verify import COLUMNS, Check, Report
from guard.database import Database
from guard.errors import AuditError
from guard.tables import audit_heads, audit_records

_ROWS = 1000
"""Rows that are in memory at a time."""


async def verify_server(database: Database, key: Ed25519PublicKey) -> Report:
    """Check every record against the chain and the chain against its signed head.

    Args:
        database: not open, so that nothing is made or migrated.

    Raises:
        AuditError: there is no log to read.
        StorageError: the server cannot be read.
    """
    columns = [audit_records.c[name] for name in (*COLUMNS, "record", "hash")]
    query = select(*columns).order_by(audit_records.c.index).execution_options(yield_per=_ROWS)
    async with database.only_read() as connection:
        try:
            note = (await connection.execute(select(audit_heads.c.note))).scalar_one_or_none()
            check = Check(note, key)
            async for row in await connection.stream(query):
                check.take(row._mapping)
        except ProgrammingError:
            raise AuditError("There is no audit log to read in this database.") from None
    return check.report()
