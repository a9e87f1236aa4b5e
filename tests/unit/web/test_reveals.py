"""The pages of reveals, queues and the tail over a real installation, with a browser that has no script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from guard.audit import facts
from guard.clock import now
from guard.model import ChatRequest, Coverage, Credential, Principal, Redacted
from guard.tables import sessions
from tests.unit.web.console import Console, View, Visitor, console

VALUE, WHY = "Marguerite Ellisonby", "The <script>quokka</script> has complained."


@dataclass
class House:
    """An installation with a withheld answer to somebody's chat."""

    console: Console
    record: int
    placeholder: str
    audrey: Visitor
    paul: Visitor

    async def records(self, event: str) -> list[dict[str, Any]]:
        return await self.console.installation.records(event=event)

    async def age(self, minutes: int) -> None:
        """Nobody has proved anything for so long."""

        async def write(connection: Any) -> None:
            await connection.execute(update(sessions).values(proved=now() - minutes * 60_000))

        await self.console.installation.parts.database.write(write)

    async def asked(self) -> View:
        """What the auditor sees after asking."""
        form = await self.audrey.get(f"/review/reveals/new?record={self.record}&placeholder={self.placeholder}")
        return await self.audrey.press(form, "Ask", reason="legal", text=WHY, minutes="60")


async def chatted(console_: Console, who: Principal) -> tuple[int, str]:
    """A turn as the pipeline stores it."""
    parts = console_.installation.parts
    body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "I am"}]}
    request = ChatRequest("req_0123", Credential(), body)
    async with parts.transcripts.turn(who, request) as conversation:
        placeholder = conversation.vault.placeholder("PERSON", VALUE)
        body["messages"][0]["content"] = f"I am {placeholder}."
        fields = {"request_id": request.id, "conversation_id": conversation.id, "decision": "withheld"}
        await parts.database.write(
            parts.transcripts.prompt(conversation, request.id, Redacted(body, {"PERSON": 1}, Coverage())),
            parts.audit.record("chat.closed", who, fields),
        )
    (row,) = await parts.audit.search(event="chat.closed", actor=who.id)
    return row["index"], placeholder


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with console(tmp_path) as place:
        emma = await place.visitor("Emma Quill", "employee")
        audrey, paul = await place.visitor("Audrey", "auditor"), await place.visitor("Paul", "privacy_officer")
        record, placeholder = await chatted(place, emma.who)
        yield House(place, record, placeholder, audrey, paul)


async def test_from_the_record_to_the_value(house: House) -> None:
    page = await house.audrey.get(f"/review/{house.record}")
    assert f'href="/review/reveals/new?record={house.record}&amp;placeholder=%3CPERSON_' in page.html
    assert "Emma Quill" in page.text
    asked = await house.asked()
    assert "It waits for: Paul." in asked.text
    assert "<script>quokka" not in asked.html
    assert "1 hour" in asked.text
    assert 'href="/review/reveals"' in (await house.paul.get("/chat")).html
    waiting = await house.paul.get("/review/reveals")
    (address,) = re.findall(r'href="(/review/reveals/rvl_[^"]+)"', waiting.html)
    assert "Audrey" in waiting.text
    decide = await house.paul.get(address)
    assert "quokka" in decide.text
    assert "Emma Quill" in decide.text
    # A privacy officer reads no transcripts.
    assert "I am" not in decide.text
    refused = await house.paul.press(decide, "Grant", text=" ")
    assert (refused.status, refused.alert) == (400, "Say why, in a few words.")
    granted = await house.paul.press(decide, "Grant", text="Agreed.")
    assert "You do not see" not in granted.text
    assert VALUE not in granted.html
    before = await house.audrey.get(address)
    assert VALUE not in before.html
    shown = await house.audrey.press(before, "Show the value")
    assert VALUE in shown.text
    assert (
        shown.html.count(
            f'<mark class="value" title="{house.placeholder}"'.replace("<P", "&lt;P").replace('>"', '&gt;"')
        )
        == 1
    )
    assert shown.answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(rf"3[56]\d\d;url={address}", shown.answer.headers["refresh"])
    assert [each["actor"] for each in await house.records("reveal.shown")] == [house.audrey.who.id]
    assert [each["actor"] for each in await house.records("reveal.read")] == [house.paul.who.id] * 3
    ended = await house.paul.press(await house.paul.get(address), "End it now")
    assert "Withdrawn" in ended.text
    late = await house.audrey.press(before, "Show the value")
    assert (late.status, VALUE in late.html) == (409, False)


async def test_deciding_and_looking_need_a_fresh_proof(house: House) -> None:
    asked = await house.asked()
    address = asked.answer.url.path
    decide = await house.paul.get(address)
    await house.age(11)
    refused = await house.paul.press(decide, "Grant", text="as agreed")
    assert refused.status == 403
    assert f'href="/login/again?next={address}"' in refused.html
    assert refused.form("Grant").values["text"] == "as agreed"
    assert (await house.paul.press(decide, "Refuse", text="no")).status == 403
    assert await house.records("reveal.granted") == []
    await house.age(9)
    assert (await house.paul.press(refused, "Grant")).status == 200
    before = await house.audrey.get(address)
    await house.age(11)
    late = await house.audrey.press(before, "Show the value")
    assert (late.status, VALUE in late.html) == (403, False)
    answer = await house.audrey.client.post(f"/api{address.removeprefix('/review')}/show")
    assert answer.json()["error"]["code"] == "step_up_required"
    assert await house.records("reveal.shown") == []
    await house.age(9)
    assert VALUE in (await house.audrey.press(before, "Show the value")).html


async def test_without_anybody_who_could_decide_the_pages_say_so(tmp_path: Path) -> None:
    async with console(tmp_path) as place:
        both = await place.visitor("Solo", "employee", "auditor", "privacy_officer")
        await place.visitor("Scan", "privacy_officer", tenant="acme")
        record, placeholder = await chatted(place, both.who)
        form = await both.get(f"/review/reveals/new?record={record}&placeholder={placeholder}")
        assert "Nobody but you could decide this now" in form.text
        asked = await both.press(form, "Ask", reason="access", text=WHY)
        assert "You cannot grant it yourself." in asked.text
        assert "Grant" not in asked.buttons
        # Pressed all the same.
        forced = await both.client.post(asked.answer.url.path, data={"step": "grant", "text": "yes"})
        assert forced.status_code == 403


async def test_a_wrong_wish_keeps_what_was_written(house: House) -> None:
    form = await house.audrey.get(f"/review/reveals/new?record={house.record}&placeholder={house.placeholder}")
    refused = await house.audrey.press(form, "Ask", reason="", text=WHY)
    assert (refused.status, refused.alert) == (400, "Choose one of the reasons.")
    assert refused.form("Ask").values["text"] == WHY
    for query in ("", "?record=x", f"?record={house.record}&placeholder=quokka", "?record=99999999999999999999"):
        page = await house.audrey.get(f"/review/reveals/new{query}")
        assert (query, page.status) == (query, 404)
        assert "quokka" not in page.html
    for name in ("rvl_0", "x", "%00", "<b>"):
        assert (await house.audrey.get(f"/review/reveals/{name}")).status == 404


async def test_people_are_found_by_their_names_in_their_own_tenant(house: House) -> None:
    stranger = await house.console.visitor("Emma Quill", "auditor", tenant="acme")
    found = await house.audrey.get("/review?actor=Emma+Quill&event=chat.closed")
    assert f'href="/review/{house.record}"' in found.html
    assert found.html.count("<tr>") == 2
    assert "Emma Quill" in found.text
    assert 'value="Emma Quill"' in found.html
    exported = await house.audrey.client.get("/review/export?format=csv&actor=Emma+Quill")
    assert len(exported.text.splitlines()) == 2
    api = await house.audrey.client.get("/api/audit?actor=Emma%20Quill")
    assert [each["index"] for each in api.json()["records"]] == [house.record]
    assert "None" not in (await stranger.get("/review")).text
    assert f'href="/review/{house.record}"' not in (await stranger.get("/review?actor=Emma+Quill")).html
    assert "Audrey" not in (await stranger.get("/review")).text
    for each in await house.records("audit.searched"):
        assert "Emma" not in str(each)


async def test_a_name_that_is_an_id_hides_nobody(house: House) -> None:
    (record,) = await house.records("chat.closed")
    await house.console.visitor(record["actor"], "employee")
    found = await house.audrey.get(f"/review?actor={record['actor']}&event=chat.closed")
    assert f'href="/review/{house.record}"' in found.html


async def test_a_tail_is_one_record_however_often_it_asks(house: House) -> None:
    page = await house.audrey.get("/review/live?event=chat.closed")
    assert f'href="/review/{house.record}"' in page.html
    (newer,) = re.findall(r'data-next="([^"]+)"', page.html)
    following = newer.replace("&amp;", "&")
    for _ in range(3):
        answer = (await house.audrey.client.get(f"/review/live/records?{following}")).json()
        assert answer["records"] == []
        following = answer["next"]
    assert "Nothing newer has come yet." in (await house.audrey.get(f"/review/live?{following}")).text
    parts = house.console.installation.parts
    other = Principal("user_other", "acme", ("employee",))
    mine = Principal("user_mine", "default", ("employee",))
    for who in (other, mine):
        await parts.database.write(parts.audit.record("chat.closed", who, {}))
    answer = (await house.audrey.client.get(f"/review/live/records?{following}")).json()
    assert [each["actor"] for each in answer["records"]] == ["user_mine"]
    assert len(await house.records("audit.searched")) == 1
    for name, status in (("/review/live", 403), ("/review/live/records", 403)):
        assert (await house.paul.client.get(name)).status_code == status
    house.audrey.client.cookies.clear()
    assert (await house.audrey.client.get(f"/review/live/records?{following}")).status_code == 303


async def test_a_tail_of_something_rare_does_not_start_again_at_each_look(house: House) -> None:
    assert facts.Filters(event="never").given()
    page = await house.audrey.get("/review/live?event=never")
    (newer,) = re.findall(r"after=(\d+)", page.html.split("data-next=")[1].split('"')[1])
    last = (await house.console.installation.parts.audit.search(limit=1))[0]["index"]
    assert int(newer) >= last - 1


async def test_a_case_on_the_page_of_its_record(house: House) -> None:
    otto = await house.console.visitor("Otto", "auditor")
    queue = await house.audrey.get("/review/queues/withheld")
    assert f'href="/review/{house.record}?queue=withheld"' in queue.html
    page = await house.audrey.press(queue, "Take the next case")
    assert "You have this case." in page.text
    stale = await otto.get(f"/review/{house.record}")
    assert "Audrey has this case." in stale.text
    given = await otto.press(stale, "Take it")
    assert "You have this case." in given.text
    late = await house.audrey.press(page, "Close and go on", reason="too late")
    assert late.status == 409
    assert "Somebody else has moved this case" in late.alert
    action, form = f"/review/{house.record}", given.form("Close and go on").values
    sent = {**form, "step": "close_next", "disposition": "wrong_alarm", "reason": WHY}
    closed = await otto.client.post(action, data=sent)
    assert closed.headers["location"] == "/review/queues/withheld"
    seen = await house.audrey.get(action)
    assert "Otto closed this case" in seen.text
    assert "quokka" in seen.text
    assert "<script>quokka" not in seen.html
    again = await house.audrey.press(seen, "Open it again")
    assert "You have this case." in again.text
    assert [each["disposition"] for each in await house.records("case.closed")] == ["wrong_alarm"]
    assert "quokka" not in str(await house.records("case.closed"))


async def test_a_reveal_that_was_granted_is_a_case_whose_page_leads_to_it(house: House) -> None:
    asked = await house.asked()
    await house.paul.press(await house.paul.get(asked.answer.url.path), "Grant", text="Agreed.")
    otto = await house.console.visitor("Otto", "auditor")
    page = await otto.press(await otto.get("/review/queues/reveals"), "Take the next case")
    assert f'href="{asked.answer.url.path}"' in page.html
    seen = await otto.get(asked.answer.url.path)
    assert "quokka" in seen.text
    assert seen.buttons == set()
    assert VALUE not in seen.html


async def test_the_ways_between_the_pages_are_those_that_one_may_go(house: House) -> None:
    auditor = await house.audrey.get("/review/queues")
    for path in ("/review", "/review/live", "/review/queues", "/review/reveals"):
        assert f'href="{path}"' in auditor.html
    officer = await house.paul.get("/review/reveals")
    assert officer.status == 200
    assert "Paul" in officer.text
    for path in ("/review", "/review/live", "/review/queues", f"/review/{house.record}"):
        assert (await house.paul.get(path)).status == 403
        assert f'href="{path}"' not in officer.html
    emma = await house.console.visitor("Second", "employee")
    for path in ("/review/reveals", "/review/queues", "/review/live", "/review/queues/withheld"):
        assert (await emma.get(path)).status == 403
    assert "You have asked for nothing yet." in (await house.audrey.get("/review/reveals")).text
    assert (await house.audrey.get("/review/queues/nowhere")).status == 404
    assert (await house.audrey.get("/review/queues/withheld?show=x")).status == 400
    assert "Nothing waits here." in (await house.audrey.get("/review/queues/blocked")).text


async def test_names_and_stray_cases_are_told_as_text(house: House) -> None:
    evil = "<img src=x onerror=alert(1)>"
    other = await house.console.visitor(evil, "auditor", "privacy_officer")
    asked = await house.asked()
    assert "It waits for: " in asked.text
    pages = [asked, await other.get("/review/reveals"), await other.get(asked.answer.url.path)]
    pages.append(await house.audrey.get(f"/review/{house.record}"))
    taken = await other.press(await other.get("/review/queues/withheld"), "Take the next case")
    pages += [taken, await house.audrey.get("/review/queues/withheld"), await house.audrey.get("/review?actor=" + evil)]
    assert not [page.html for page in pages if "<img" in page.html.split("<main")[1]]
    for case in ("case_0", evil, ""):
        answer = await house.audrey.client.post(f"/review/{house.record}", data={"case": case, "step": "take"})
        assert (answer.status_code, evil in answer.text) == (404, False)
        assert 'role="alert">There is no case of that id.' in answer.text
    nothing = await house.audrey.client.post(f"/review/{house.record}", data={"step": "explode"})
    assert (nothing.status_code, "Choose one of the steps." in nothing.text) == (400, True)


async def test_a_whole_transcript_is_shown_with_its_values_marked(house: House) -> None:
    parts = house.console.installation.parts
    (closed,) = await house.records("chat.closed")
    begun = {"request_id": "req_0123", "conversation_id": closed["conversation_id"], "decision": "allow"}
    await parts.database.write(parts.audit.record("chat.opened", house.paul.who, begun))
    page = await house.audrey.get(f"/review/{house.record}")
    assert f'href="/review/reveals/new?record={house.record}"' in page.html
    form = await house.audrey.get(f"/review/reveals/new?record={house.record}")
    asked = await house.audrey.press(form, "Ask", reason="quality", text=WHY, minutes="1440")
    assert "The whole transcript" in asked.text
    assert "1 day" in asked.text
    await house.paul.press(await house.paul.get(asked.answer.url.path), "Grant", text="Agreed.")
    shown = await house.audrey.press(await house.audrey.get(asked.answer.url.path), "Show the transcript")
    assert f">{VALUE}</mark>." in shown.html
    assert "I am" in shown.text
    (record,) = await house.records("reveal.shown")
    assert (record["whole"], record["values"], record.get("entity_type")) == (1, 1, None)
    assert (await house.console.installation.parts.audit.search(event="transcript.read"))[0][
        "actor"
    ] == house.audrey.who.id
