"""An installation with its administration, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guard.authenticate.directory import Directory
from guard.model import Principal
from guard.people.api_keys import Keys
from guard.people.directory import People, Wanted
from tests.unit.policy.installation import Installation


@dataclass
class Office(Installation):
    """An installation and its administration."""

    people: People
    keys: Keys
    directory: Directory

    async def names(self, actor: Principal, **wanted: Any) -> list[str]:
        return [each.user.name for each in (await self.people.search(actor, Wanted(**wanted))).entries]

    async def roles(self, who: Principal) -> tuple[str, ...]:
        return (await self.directory.entry(who.id, who.tenant)).user.roles

    async def session(self, who: Principal) -> str:
        token, write = self.parts.sessions.new(await self.parts.users.get(who.id))
        await self.parts.database.write(write)
        return token
