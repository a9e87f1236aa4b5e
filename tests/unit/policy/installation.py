"""An installation in a folder: keys, database, the shipped policy in force, and people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from guard.config import KeySettings, ServerSettings, Settings
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.administration import Administration
from guard.policy.bundle import Bundle
from guard.policy.changes import Change
from guard.policy.compiled import Compiled
from guard.wiring import Opened, connected

SHIPPED = shipped.load()
LOCAL = Principal("local:ops", "default", (), "local")
DENY = "p, employee, *, generator/secret, use, deny\n"


@dataclass
class Installation:
    """What the tests of policy administration act on."""

    parts: Opened

    @property
    def admin(self) -> Administration:
        return self.parts.administration()

    async def add(self, name: str, *roles: str, kind: Any = "user", tenant: str = "default") -> Principal:
        """A user with these roles."""
        user, write = await self.parts.users.new(name, roles, kind=kind, tenant=tenant)
        await self.parts.database.write(write)
        return user.principal()

    async def records(self, **filters: Any) -> list[dict[str, Any]]:
        """Whole audit records, the oldest first."""
        rows = await self.parts.audit.search(limit=1000, **filters)
        found = [await self.parts.audit.show(str(row["index"])) for row in rows]
        return [each[0] for each in reversed(found)]

    async def active(self) -> str:
        """Hash of the policy in force."""
        return (await self.parts.revisions.head()).hash

    async def activated(self, author: Principal, approver: Principal, **edits: str) -> str:
        """Bring a change all the way; return the new hash."""
        change = await self.approved(author, approver, **edits)
        return (await self.admin.activate(author, change.id)).hash

    async def approved(self, author: Principal, approver: Principal, **edits: str) -> Change:
        """Bring a change so far that it can be put in force."""
        change = await self.admin.draft(author, edits or {"rules.csv": rules(DENY)}, "a change")
        await self.admin.submit(author, change.id)
        return await self.admin.approve(approver, change.id)

    async def in_force_with_addresses(self, rows: str) -> None:
        """Put a policy in force whose rules have a condition on the address: these rows alone."""
        model = (
            SHIPPED.files["model.conf"]
            .replace("obj, act", "obj, act, ip")
            .replace("r.act == p.act", 'r.act == p.act && (p.ip == "*" || ipMatch(r.ip, p.ip))')
        )
        files = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
        policy = bundle.build({**files, "model.conf": model, "rules.csv": rows})
        head = await self.parts.revisions.head()
        await self.parts.database.write(self.parts.revisions.activated(policy, LOCAL.id, after=head))

    def other_process(self) -> Opened:
        """The same, in a process that has read no policy yet."""
        return replace(self.parts, compiled=Compiled())


def rules(*more: str) -> str:
    """The shipped rules and more."""
    return SHIPPED.files["rules.csv"] + "".join(more)


@asynccontextmanager
async def installed(folder: Path, policy: Bundle = SHIPPED) -> AsyncIterator[Installation]:
    """Make one."""
    settings = Settings(server=ServerSettings(data_dir=folder / "data"), keys=KeySettings(path=folder / "keys"))
    async with connected(settings, LocalKeys.create(folder / "keys")) as parts:
        await parts.database.write(parts.revisions.activated(policy, LOCAL.id))
        yield Installation(parts)
