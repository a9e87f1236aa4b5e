"""The pages of the policy over a real installation: who sees what, the steps, refusals, and nothing that becomes markup."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from guard.errors import StorageError
from guard.policy.changes import Changes
from tests.unit.policy.installation import DENY, rules
from tests.unit.serving import URL
from tests.unit.web.console import Console, Visitor, change_id, console

EVIL = "<img src=x onerror=alert(1)>"
STEPS = {"Hand in for review", "Approve", "Send back", "Put in force now", "Schedule", "Edit", "Withdraw"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def ann(place: Console) -> Visitor:
    return await place.visitor("ann", "admin")


@pytest.fixture
async def ben(place: Console) -> Visitor:
    return await place.visitor("ben", "admin")


async def draft(place: Console, author: Visitor, **files: str) -> str:
    made = await place.installation.admin.draft(author.who, files or {"rules.csv": rules(DENY)}, "a change")
    return f"/policies/changes/{made.id}"


async def test_who_may_not_read_the_policy_gets_a_page_that_says_so(place: Console) -> None:
    emma = await place.visitor("emma", "employee")
    for path in ("/policies", "/policies/changes/new", "/policies/changes/chg_000000000000", "/policies/revisions/1"):
        view = await emma.get(path)
        assert view.status == 403
        assert "right to read the policy" in view.alert
    assert 'href="/policies"' not in (await emma.get("/chat")).html
    assert await place.installation.records(event="permission.denied")


async def test_who_is_not_signed_in_is_sent_to_do_so(place: Console) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(place.app), base_url=URL) as client:
        for path in ("/policies", "/policies/changes/new", "/policies/changes/chg_000000000000"):
            assert (await client.get(path)).headers["location"] == f"/login?next={path}"
            # A redirect would lose what was written.
            answer = await client.post(path, data={"text": "long"}, headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 401
            assert "Your session has ended, so nothing was done." in answer.text


async def test_what_there_is_not_is_a_page_that_says_so(ann: Visitor) -> None:
    for path in (
        "changes/chg_000000000000",
        "changes/x",
        "revisions/99",
        "revisions/x",
        "changes/x/edit",
        "x",
        "changes",
    ):
        view = await ann.get(f"/policies/{path}")
        assert view.status == 404
        assert view.alert


async def test_the_overview_of_a_fresh_installation(place: Console, ann: Visitor) -> None:
    view = await ann.get("/policies")
    active = await place.installation.active()
    assert active in view.html
    assert active.removeprefix("sha256:")[:12] in view.text
    assert "The one process enforces it." in view.text
    assert "Nothing is under way." in view.text
    assert "Only one person may approve" in view.text
    assert '<a href="/policies" aria-current="page">' in view.html
    await place.visitor("ben", "admin")
    assert "Only one person may approve" not in (await ann.get("/policies")).text


async def test_an_auditor_reads_and_comments_and_nothing_else(place: Console, ann: Visitor) -> None:
    path = await draft(place, ann)
    audrey = await place.visitor("audrey", "auditor")
    assert (await audrey.get("/policies")).buttons == {"Ask"}
    assert "New change set" not in (await audrey.get("/policies")).text
    view = await audrey.get(path)
    assert view.buttons == {"Comment", "Try it on the last 30 days"}
    said = await audrey.press(view, "Comment", text="Why?")
    assert "Why?" in said.text
    for step in ("submit", "approve", "reject", "withdraw", "update", "activate", "schedule"):
        answer = await audrey.client.post(path, data={"step": step, "text": "x", "at": "2030-01-01T00:00"})
        assert answer.status_code == 403
        assert 'role="alert"' in answer.text
    assert (await audrey.get(path + "/edit")).status == 403
    assert (await audrey.get("/policies/changes/new")).status == 403


async def test_a_change_comes_into_force_by_forms_alone(place: Console, ann: Visitor, ben: Visitor) -> None:
    editor = await ann.get("/policies/changes/new")
    made = await ann.press(editor, "Save as a draft", title="No secret", **{"file:rules.csv": rules(DENY)})
    path = f"/policies/changes/{change_id(made)}"
    assert made.buttons & STEPS == {"Hand in for review", "Withdraw"}
    assert "+ gain" not in made.text
    assert "− loss" in made.text
    assert "+p, employee, *, generator/secret, use, deny" in made.text
    handed = await ann.press(made, "Hand in")
    assert "another person has to approve it" in handed.text
    assert not [name for name in handed.buttons if name.startswith("Approve")]
    approved = await ben.press(await ben.get(path), "Approve", text="as agreed")
    assert "as agreed" in approved.text
    active = await ann.press(await ann.get(path), "Put in force now")
    assert not active.alert
    assert active.buttons == {"Comment"}
    assert (await place.installation.active()) in active.html
    assert place.services.policies.snapshot().policy == await place.installation.active()


async def test_an_approval_is_for_the_text_that_was_shown(place: Console, ann: Visitor, ben: Visitor) -> None:
    path = await draft(place, ann)
    await ann.press(await ann.get(path), "Hand in")
    seen = await ben.get(path)
    change = path.rpartition("/")[2]
    await place.installation.admin.revise(ann.who, change, {"rules.csv": rules(DENY, DENY.replace("secret", "tool"))})
    await place.installation.admin.submit(ann.who, change)
    refused = await ben.press(seen, "Approve", text="as agreed")
    assert refused.status == 409
    assert refused.form("Approve").values["text"] == "as agreed"
    assert "not the one that you looked at" in refused.alert
    without = await ben.client.post(path, data={"step": "approve"})
    assert without.status_code == 409
    assert (await place.installation.admin.changes.get(change)).status == "review"


async def test_what_fails_a_table_is_shown_and_is_not_handed_in(place: Console, ann: Visitor) -> None:
    path = await draft(place, ann, **{"rules.csv": rules("p, employee, *, generator/*, use, deny\n")})
    view = await ann.get(path)
    assert "answered otherwise than expected" in view.text
    assert "It cannot be handed in yet" in view.text
    refused = await ann.press(view, "Hand in")
    assert refused.status == 400
    assert "expected" in refused.alert


async def test_the_only_admin_approves_and_it_is_marked(place: Console, ann: Visitor) -> None:
    path = await draft(place, ann)
    handed = await ann.press(await ann.get(path), "Hand in")
    assert "Your approval will be marked as single_admin" in handed.text
    approved = await ann.press(handed, "Approve")
    assert 'class="status">single_admin<' in approved.html


async def test_sending_back_needs_a_reason_and_withdrawing_ends_it(place: Console, ann: Visitor, ben: Visitor) -> None:
    path = await draft(place, ann)
    await ann.press(await ann.get(path), "Hand in")
    refused = await ben.press(await ben.get(path), "Send back", text=" ")
    assert refused.status == 400
    assert "Say why" in refused.alert
    back = await ben.press(refused, "Send back", text="Not all of it.")
    assert "Not all of it." in back.text
    assert "rejected" in back.text
    over = await ann.press(await ann.get(path), "Withdraw")
    assert "It is over" in over.text
    assert over.buttons == {"Comment"}


async def test_scheduling(place: Console, ann: Visitor, ben: Visitor) -> None:
    path = await draft(place, ann)
    await ann.press(await ann.get(path), "Hand in")
    await ben.press(await ben.get(path), "Approve")
    refused = await ann.press(await ann.get(path), "Schedule", at="tomorrow")
    assert refused.status == 400
    assert "Give a date and a time" in refused.alert
    past = await ann.press(refused, "Schedule", at="2020-01-31T06:00")
    assert "That time has passed." in past.alert
    zone = await ann.press(past, "Schedule", at="2099-01-31T06:00+02:00")
    assert "2099-01-31 04:00:00 UTC" in zone.text
    view = await ann.press(zone, "Schedule", at="2099-01-31T06:00")
    assert "2099-01-31 06:00:00 UTC" in view.text
    assert "scheduled" in (await ann.get("/policies")).text


async def test_bringing_an_earlier_policy_back_is_confirmed_first(place: Console, ann: Visitor, ben: Visitor) -> None:
    first = await place.installation.active()
    await place.installation.activated(ann.who, ben.who)
    await place.services.policies.take_up()
    assert "Bring back… revision 1" in (await ann.get("/policies")).text
    question = await ann.get("/policies/revisions/1")
    assert "-p, employee, *, generator/secret, use, deny" in question.text
    await place.installation.activated(ann.who, ben.who, **{"rules.csv": rules(DENY.replace("secret", "tool"))})
    refused = await ann.press(question, "Bring revision 1 back")
    assert refused.status == 409
    assert "since you looked" in refused.alert
    done = await ann.press(refused, "Bring revision 1 back")
    assert await place.installation.active() == first
    assert "revision 1, brought back" in done.text


async def test_a_change_set_that_fell_behind_is_brought_up_to_date(place: Console, ann: Visitor, ben: Visitor) -> None:
    path = await draft(place, ann, **{"roles.toml": await _file(place, "roles.toml") + 'guest = "Looks around."\n'})
    await place.installation.activated(ann.who, ben.who)
    view = await ann.get(path)
    assert "has come into force since" in view.text
    assert "put in force meanwhile" in (await ann.press(view, "Hand in")).alert
    current = await ann.press(view, "Bring up to date")
    assert "has come into force since" not in current.text


async def test_may_somebody_do_this(place: Console, ann: Visitor) -> None:
    view = await ann.get("/policies")
    asked = await ann.press(view, "Ask", roles="employee", object="generator/any", act="use")
    assert "✓ allowed" in asked.text
    assert "p, employee, *, generator/*, use, allow at rules.csv:9" in asked.text
    denied = await ann.press(view, "Ask", roles="employee, service", object="policy", act="read")
    assert "✗ denied" in denied.text
    assert "another role" in denied.text
    await place.visitor("emma", "employee")
    assert "✗ denied" in (await ann.press(view, "Ask", user="emma", object="policy", act="read")).text
    nobody = await ann.press(view, "Ask", user="zoe", object="policy", act="read")
    assert (nobody.status, nobody.alert) == (404, "Nobody of your tenant who is not disabled has that name.")
    assert (await ann.press(view, "Ask", roles="employee")).status == 400
    assert (await ann.press(view, "Ask", roles="a " * 101, object="policy", act="read")).status == 400


async def test_names_are_for_who_may_read_users(place: Console) -> None:
    audrey = await place.visitor("audrey", "auditor")
    assert 'name="user"' not in (await audrey.get("/policies")).html
    answer = await audrey.client.post("/policies", data={"user": "audrey", "object": "policy", "act": "read"})
    assert answer.status_code == 400
    assert "right to read users" in answer.text


async def test_the_past_is_tried_on_request(place: Console, ann: Visitor) -> None:
    view = await ann.get(await draft(place, ann))
    assert "recorded requests" not in view.text
    assert "0 of 0 recorded requests" in (await ann.press(view, "Try it on the last 30 days")).text


async def test_nothing_that_was_written_becomes_markup(place: Console, ann: Visitor) -> None:
    made = await place.installation.admin.draft(ann.who, {"rules.csv": rules(f"# {EVIL}\n", DENY)}, EVIL)
    path = f"/policies/changes/{made.id}"
    view = await ann.press(await ann.get(path), "Comment", text=EVIL + "</textarea>")
    edit = await ann.get(path + "/edit")
    sent = edit.form("Save").values | {
        "title": EVIL,
        "file:rules.csv": EVIL + "</textarea>",
        "do": "check",
        "new-path": EVIL,
    }
    wrong = await ann.client.post(path + "/edit", data=sent)
    asked = await ann.client.post(
        "/policies", data=dict.fromkeys(("roles", "tenant", "object", "act", "address"), EVIL)
    )
    pages = [view.html, edit.html, wrong.text, asked.text, (await ann.get("/policies")).html]
    for html in pages:
        assert "&lt;img" in html
        assert "<img src=x" not in html
        assert html.count("</textarea>") == html.count("<textarea")


async def test_an_admin_of_another_tenant_reads_and_may_not_edit(place: Console, ann: Visitor) -> None:
    path = await draft(place, ann)
    tess = await place.visitor("tess", "admin", tenant="acme")
    view = await tess.get(path)
    assert view.buttons == {"Comment", "Try it on the last 30 days"}
    assert "New change set" not in (await tess.get("/policies")).text
    # Names are looked up among one's own people alone.
    assert (await tess.press(await tess.get("/policies"), "Ask", user="ann", object="policy", act="edit")).status == 404


async def test_what_fails_on_our_side_is_a_page_too(
    place: Console, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise StorageError

    path = await draft(place, ann)
    monkeypatch.setattr(Changes, "reviews", fails)
    view = await ann.get(path)
    assert view.status == 503
    assert view.alert


async def test_a_step_that_there_is_not_is_refused_in_place(place: Console, ann: Visitor) -> None:
    answer = await ann.client.post(await draft(place, ann), data={"step": "publish"})
    assert answer.status_code == 400
    assert "Choose one of the steps." in answer.text


async def test_a_request_from_another_site_changes_nothing(place: Console, ann: Visitor) -> None:
    path = await draft(place, ann)
    answer = await ann.client.post(path, data={"step": "withdraw"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await place.installation.admin.changes.get(path.rpartition("/")[2])).status == "draft"


async def _file(place: Console, path: str) -> str:
    return (await place.installation.parts.in_force())[1].bundle.files[path]


async def test_a_page_does_not_wait_for_the_checks_of_a_large_change(
    place: Console, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await draft(place, ann)
    monkeypatch.setattr("guard.web.policies._PATIENCE", 0.0)
    view = await ann.get(path)
    assert "They are being computed" in view.text
    assert '<meta http-equiv="refresh"' in view.html
    monkeypatch.undo()
    done = await ann.get(path)
    assert "all answered as expected" in done.text
    assert "refresh" not in done.html


async def test_more_revisions_than_a_page_holds_are_a_link_away(
    place: Console, ann: Visitor, ben: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.installation.activated(ann.who, ben.who)
    monkeypatch.setattr("guard.web.policies._REVISIONS", 1)
    view = await ann.get("/policies")
    assert "1 to 1 of 2 revisions." in view.text
    older = await ann.get("/policies?from=1")
    assert "2 to 2 of 2 revisions." in older.text
    for number in ("2", "-1", "x", "9" * 30):
        assert "1 to 1 of 2" in (await ann.get(f"/policies?from={number}")).text
