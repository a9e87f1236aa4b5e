"""The editor of a change set, by forms alone: checking, saving, and nothing lost or overwritten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.policy.installation import DENY, SHIPPED, rules
from tests.unit.web.console import Console, Visitor, change_id, console

RULES = "file:rules.csv"
GUEST = 'guest = "Looks around."\n'


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def ann(place: Console) -> Visitor:
    return await place.visitor("ann", "admin")


async def files(place: Console, change: str) -> dict[str, str]:
    found = await place.installation.admin.changes.get(change)
    return dict(found.bundle().files)


async def test_the_editor_shows_every_file_as_it_is(ann: Visitor) -> None:
    values = (await ann.get("/policies/changes/new")).form("Save").values
    for path, text in SHIPPED.files.items():
        assert values[f"file:{path}"].replace("\r\n", "\n") == text


async def test_only_what_was_changed_is_in_the_draft(place: Console, ann: Visitor) -> None:
    made = await ann.press(await ann.get("/policies/changes/new"), "Save", title="No secret", **{RULES: rules(DENY)})
    assert await files(place, change_id(made)) == {**SHIPPED.files, "rules.csv": rules(DENY)}


async def test_a_problem_is_said_with_its_place_and_leads_to_its_file(ann: Visitor) -> None:
    editor = await ann.get("/policies/changes/new")
    wrong = rules("p, employee, *, generator/x, use, maybe\n")
    line = wrong.count("\n")
    for button in ("Check", "Save"):
        view = await ann.press(editor, button, title="x", **{RULES: wrong})
        assert f"rules.csv:{line}:" in view.text
        assert f"Line {line}, column" in view.text
        assert 'href="#file-0"' in view.html
        assert view.form("Save").values[RULES].replace("\r\n", "\n") == wrong
        assert "What it would change" not in view.text
    assert view.status == 400
    assert view.alert


async def test_checking_keeps_nothing_and_shows_what_would_change(place: Console, ann: Visitor) -> None:
    view = await ann.press(await ann.get("/policies/changes/new"), "Check", **{RULES: rules(DENY)})
    assert view.status == 200
    assert "the checks pass" in view.text
    assert "+p, employee, *, generator/secret, use, deny" in view.text
    assert await place.installation.admin.changes.list() == []
    failing = rules("p, employee, *, generator/*, use, deny\n")
    assert "the checks do not pass" in (await ann.press(view, "Check", **{RULES: failing})).text


async def test_a_file_is_added_and_another_taken_away(place: Console, ann: Visitor) -> None:
    editor = await ann.get("/policies/changes/new")
    copy = SHIPPED.files["limits/default.toml"]
    sent = editor.form("Save").values | {
        "do": "save", "title": "x", "new-path": "limits/small.toml", "new-text": copy, "gone:tests/questions.toml": "1",
    }  # fmt: skip
    checked = await ann.client.post("/policies/changes/new", data={**sent, "do": "check"})
    assert "limits/small.toml" in checked.text
    assert 'name="gone:tests/questions.toml" value="1" checked' in checked.text
    answer = await ann.client.post("/policies/changes/new", data=sent)
    found = await files(place, answer.headers["location"].rpartition("/")[2])
    assert found["limits/small.toml"] == copy
    assert "tests/questions.toml" not in found


async def test_without_a_title_or_a_change_there_is_no_draft(place: Console, ann: Visitor) -> None:
    editor = await ann.get("/policies/changes/new")
    assert "Give it a title" in (await ann.press(editor, "Save", **{RULES: rules(DENY)})).alert
    assert "Nothing is changed yet" in (await ann.press(editor, "Save", title="x")).alert
    assert await place.installation.admin.changes.list() == []


async def test_what_came_into_force_meanwhile_is_not_undone(place: Console, ann: Visitor) -> None:
    ben = await place.visitor("ben", "admin")
    editor = await ann.get("/policies/changes/new")
    await place.installation.activated(ann.who, ben.who)
    roles = SHIPPED.files["roles.toml"] + GUEST
    made = await ann.press(editor, "Save", title="guests", **{"file:roles.toml": roles})
    found = await files(place, change_id(made))
    assert (found["rules.csv"], found["roles.toml"]) == (rules(DENY), roles)
    refused = await ann.press(editor, "Save", title="rules", **{RULES: rules(DENY.replace("secret", "tool"))})
    assert refused.status == 409
    assert "rules.csv" in refused.alert
    assert "generator/tool" in refused.form("Save").values[RULES]


async def test_a_change_set_is_revised_and_not_over_somebody_elses_text(place: Console, ann: Visitor) -> None:
    made = await place.installation.admin.draft(ann.who, {"rules.csv": rules(DENY)}, "a change")
    path = f"/policies/changes/{made.id}/edit"
    editor, late = await ann.get(path), await ann.get(path)
    tool = DENY.replace("secret", "tool")
    view = await ann.press(editor, "Save", title="two models", **{RULES: rules(DENY, tool)})
    assert "two models" in view.text
    assert (await files(place, made.id))["rules.csv"] == rules(DENY, tool)
    refused = await ann.press(late, "Save", **{RULES: rules("# mine\n")})
    assert refused.status == 409
    assert "# mine" in refused.form("Save").values[RULES]
    assert (await ann.press(refused, "Save")).status == 409
    assert (await files(place, made.id))["rules.csv"] == rules(DENY, tool)


async def test_the_rules_as_a_table(ann: Visitor) -> None:
    view = await ann.get("/policies/changes/new")
    assert "Who may do what, before your changes" in view.text
    assert "✓ allow, tenant default" in view.text
