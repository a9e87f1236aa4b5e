"""One's own account before a real installation: sessions, password, second factor, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.unit.serving import URL
from tests.unit.web.console import Console, View, Visitor, console

PASSWORD = "correct horse battery"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


def browser(
    place: Console, agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
) -> Visitor:
    """A browser that nobody is signed in with."""
    transport = httpx.ASGITransport(place.app, client=("192.0.2.7", 1))
    headers = {"sec-fetch-site": "same-origin", "user-agent": agent}
    return Visitor(None, httpx.AsyncClient(transport=transport, base_url=URL, headers=headers))  # type: ignore[arg-type]


async def add(place: Console, name: str = "ada", *roles: str) -> None:
    parts = place.installation.parts
    _, write = await parts.users.new(name, roles or ("employee",), password=PASSWORD)
    await parts.database.write(write)


async def sign_in(place: Console, name: str = "ada", **options: Any) -> Visitor:
    visitor = browser(place, **options)
    form = await visitor.get("/login?next=/account")
    landed = await visitor.press(form, "Sign in", name=name, password=PASSWORD)
    assert landed.answer.url.path == "/account"
    return visitor


async def events(place: Console) -> list[str]:
    return [record["event"] for record in await place.installation.records()]


async def test_sessions_are_listed_and_ended(place: Console) -> None:
    await add(place)
    ada, other, third = (
        await sign_in(place),
        await sign_in(place, agent="curl/8"),
        await sign_in(place, agent="<b>x</b>"),
    )
    view = await ada.get("/account")
    assert view.text.count("192.0.2.7") == 3
    assert "Firefox on Linux, this one" in view.text
    assert "curl" in view.text
    assert "<b>x" not in view.html
    view = await ada.press(view, "End")
    assert len([each for each in (other, third) if (await each.get("/account")).answer.url.path == "/login"]) == 1
    view = await ada.press(view, "End all others")
    assert (await other.get("/account")).answer.url.path == (await third.get("/account")).answer.url.path == "/login"
    assert view.answer.url.path == "/account"
    assert {"session.ended", "session.others_ended"} <= set(await events(place))


async def test_nobody_ends_the_sessions_of_others(place: Console) -> None:
    await add(place)
    await add(place, "eve")
    ada, eve = await sign_in(place), await sign_in(place, "eve")
    parts = place.installation.parts
    found = await parts.sessions.list(await parts.users.find("ada"))
    for session in (found[0].id, "ses_000000000000000000000000"):
        answer = await eve.client.post("/account/sessions", data={"session": session})
        assert (answer.status_code, "no session of that id" in answer.text) == (404, True)
    assert (await ada.get("/account")).answer.url.path == "/account"


async def test_what_a_session_knows_is_stored_sealed(place: Console) -> None:
    await add(place)
    await sign_in(place)
    database = (place.installation.parts.settings.data_dir / "guard.db").read_bytes()
    journal = (place.installation.parts.settings.data_dir / "guard.db-wal").read_bytes()
    assert b"192.0.2.7" not in database + journal
    assert b"Firefox" not in database + journal


async def test_the_password_is_changed_by_who_knows_it(place: Console) -> None:
    await add(place)
    ada, other = await sign_in(place), await sign_in(place)
    view = await ada.get("/account")
    for old, new, repeated, status in [
        ("wrong wrong wrong", "another good one", "another good one", 401),
        (PASSWORD, "short", "short", 400),
        (PASSWORD, "another good one", "another bad one", 400),
        (PASSWORD, PASSWORD, PASSWORD, 400),
    ]:
        refused = await ada.press(view, "Change the password", old=old, new=new, repeated=repeated)
        assert refused.status == status
        assert refused.alert
        assert new not in refused.html
    done = await ada.press(
        view, "Change the password", old=PASSWORD, new="another good one", repeated="another good one"
    )
    assert "Your password is changed" in done.text
    assert (await other.get("/account")).answer.url.path == "/login"
    assert (await ada.get("/account")).status == 200
    fresh = browser(place)
    refused = await fresh.press(await fresh.get("/login"), "Sign in", name="ada", password=PASSWORD)
    assert refused.status == 401


async def set_up(visitor: Visitor) -> tuple[pyotp.TOTP, View]:
    view = await visitor.press(await visitor.get("/account/second-factor"), "Set it up")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', view.html)
    assert secret
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    return app, await visitor.press(view, "Turn it on", code=app.now())


async def test_the_secret_is_shown_until_it_counts(place: Console) -> None:
    await add(place)
    ada = await sign_in(place)
    assert (await ada.client.get("/account/second-factor/code.svg")).status_code == 404
    await ada.press(await ada.get("/account/second-factor"), "Set it up")
    picture = await ada.client.get("/account/second-factor/code.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "no-store"
    _, view = await set_up(await _anew(ada))
    assert view.html.count("<li><code>") == 10
    assert (await ada.client.get("/account/second-factor/code.svg")).status_code == 404
    assert "Set it up" not in (await ada.get("/account/second-factor")).buttons
    assert (await events(place)).count("second_factor.set") == 1


async def _anew(visitor: Visitor) -> Visitor:
    """With the button that makes another secret; then as if it was the first."""
    view = await visitor.get("/account/second-factor")
    again = await visitor.press(view, "Begin with a new secret")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', again.html)
    assert secret
    assert secret[1] not in view.html

    class Again(Visitor):
        async def press(self, view: View, button: str, **filled: str) -> View:
            return again if button == "Set it up" else await visitor.press(view, button, **filled)

    return Again(visitor.who, visitor.client)


async def test_turning_it_off_and_new_codes_need_a_fresh_proof(place: Console) -> None:
    from tests.unit.web.test_step_up import age

    await add(place)
    ada = await sign_in(place)
    app, _ = await set_up(ada)
    await age(place, 60)
    view = await ada.get("/account/second-factor")
    for button in ("Turn the second factor off", "Make new recovery codes"):
        refused = await ada.press(view, button)
        assert refused.status == 403
        assert "/login/again?next=/account/second-factor" in refused.html
    again = await ada.get("/login/again?next=/account/second-factor")
    wrong = await ada.press(again, "Confirm", password=PASSWORD, code="000000")
    assert wrong.status == 401
    # The code of the set-up was used: the next one counts already.
    used = await ada.press(wrong, "Confirm", password=PASSWORD, code=app.at(int(_now()) + 30))
    assert used.answer.url.path == "/account/second-factor"
    assert (await ada.press(view, "Turn the second factor off")).answer.url.path == "/account"
    assert "session.proved" in await events(place)


def _now() -> float:
    import time

    return time.time()


async def test_an_account_page_is_of_who_is_signed_in(place: Console) -> None:
    stranger = browser(place)
    for path in ("/account", "/account/second-factor", "/login/again"):
        assert (await stranger.get(path)).answer.url.path == "/login"
    for path in ("/account/sessions", "/account/password", "/account/second-factor", "/login/again"):
        assert (await stranger.client.post(path, data={"step": "begin"})).status_code == 401
    assert (await stranger.client.get("/account/second-factor/code.svg")).status_code == 303
    assert (await stranger.client.get("/login/oidc")).status_code == 404
    assert (await stranger.client.get("/login/oidc/callback?code=a&state=b")).status_code == 404


async def test_after_the_sign_in_one_stays_with_guard(place: Console) -> None:
    await add(place)
    for wanted in ("//evil.example", "/\\evil.example", "https://evil.example/", "/login"):
        visitor = browser(place)
        page = await visitor.client.get("/login", params={"next": wanted})
        assert "evil" not in page.text
        form = {"name": "ada", "password": PASSWORD, "next": wanted}
        assert (await visitor.client.post("/login", data=form)).headers["location"] == "/chat"
