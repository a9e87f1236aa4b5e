"""The key hierarchy as it stands: which key encryption key wraps how many data keys. No key is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from guard.authorize.required import Required
from guard.database import Database
from guard.model import JSON, Principal
from guard.tables import conversations


@dataclass(frozen=True, slots=True)
class Status:
    """The hierarchy.

    Args:
        provider: kind of the key provider, as the settings name it.
        key_id: of the key encryption key that wraps now.
        data_keys: key id to the data keys that it wraps: one of the transcript and one of the vault of each conversation.
        erased: conversations whose data keys are destroyed.
    """

    provider: str
    key_id: str
    data_keys: Mapping[str, int] = field(default_factory=dict)
    erased: int = 0

    @property
    def to_rewrap(self) -> int:
        """Data keys that an older key wraps."""
        return sum(count for key_id, count in self.data_keys.items() if key_id != self.key_id)

    def as_json(self) -> dict[str, JSON]:
        """As the API shows it."""
        wrapped = [{"key_id": key_id, "data_keys": count} for key_id, count in sorted(self.data_keys.items())]
        told = {"provider": self.provider, "key_id": self.key_id, "wrapped": wrapped}
        return {**told, "erased": self.erased, "to_rewrap": self.to_rewrap}


class KeyDesk:
    """What administrators see of the keys.

    Args:
        required: asks for rights and commits acts.
        provider: kind of the key provider.
        key_id: of the key encryption key that wraps now.
    """

    def __init__(self, required: Required, database: Database, provider: str, key_id: str) -> None:
        self._required, self._database, self._provider, self._key_id = required, database, provider, key_id

    def may(self, actor: Principal) -> bool:
        """Whether somebody may see the status."""
        return self._required.may(actor, "key", "read")

    async def status(self, actor: Principal) -> Status:
        """The hierarchy now. Raises PermissionDeniedError, which is on record; StorageError."""
        await self._required(actor, "key", "read", "read the status of the keys")
        of = conversations.c
        counted = select(of.key_id, func.count(of.transcript_key), func.count(of.vault_key), func.count(of.erased))
        async with self._database.read() as connection:
            rows = (await connection.execute(counted.group_by(of.key_id))).all()
        data_keys = {row[0]: row[1] + row[2] for row in rows}
        return Status(self._provider, self._key_id, data_keys, sum(row[3] for row in rows))
