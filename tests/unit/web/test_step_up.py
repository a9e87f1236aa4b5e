"""What matters most is done by somebody who proved a short while ago who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import update

from guard.clock import now
from guard.tables import sessions
from tests.unit.policy.installation import DENY
from tests.unit.web.console import Console, Visitor, console


async def age(house: Console, minutes: int) -> None:
    """Nobody has proved anything for so long."""

    async def write(connection: Any) -> None:
        await connection.execute(update(sessions).values(proved=now() - minutes * 60_000))

    await house.installation.parts.database.write(write)


async def submitted(house: Console) -> tuple[Visitor, str, str]:
    """A change set that another admin may approve: who, its address, its hash."""
    ann, ben = await house.visitor("ann", "admin"), await house.visitor("ben", "admin")
    admin = house.installation.admin
    text = (await ann.client.get("/api/policies/revisions/1")).json()["files"]["rules.csv"]
    change = await admin.draft(ann.who, {"rules.csv": text + DENY}, "No secrets")
    await admin.submit(ann.who, change.id)
    return ben, change.id, change.hash


async def test_approving_needs_a_fresh_proof_and_keeps_what_was_written(tmp_path: Path) -> None:
    async with console(tmp_path) as house:
        ben, change, _ = await submitted(house)
        view = await ben.get(f"/policies/changes/{change}")
        await age(house, 11)
        refused = await ben.press(view, "Approve", text="as agreed")
        assert refused.status == 403
        assert "fresh proof" in refused.alert
        assert refused.form("Approve").values["text"] == "as agreed"
        assert f'href="/login/again?next=/policies/changes/{change}"' in refused.html
        await age(house, 9)
        assert (await ben.press(refused, "Approve")).status == 200
        assert [each["event"] for each in await house.installation.records(event="policy.approved")]


async def test_the_api_asks_sessions_and_not_keys(tmp_path: Path) -> None:
    async with console(tmp_path) as house:
        ben, change, digest = await submitted(house)
        await age(house, 11)
        path = f"/api/policies/changes/{change}/approve"
        refused = await ben.client.post(path, json={"policy": digest})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "step_up_required")
        parts = house.installation.parts
        new, write = parts.api_keys.new(await parts.users.get(ben.who.id))
        await parts.database.write(write)
        done = await ben.client.post(path, json={"policy": digest}, headers={"authorization": f"Bearer {new.api_key}"})
        assert done.status_code == 200
