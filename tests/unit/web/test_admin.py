"""The pages of administration over a real installation, without script; and their APIs: who sees what, and each act."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guard.errors import AuthenticationError
from guard.model import Principal
from guard.web.desk import COOKIE
from tests.unit.serving import URL
from tests.unit.web.console import Console, View, Visitor, console
from tests.unit.web.test_step_up import age

EVIL = "<img src=x onerror=alert(1)>"
PAGES = {
    "/admin/users": {"admin"},
    "/admin/users/new": {"admin"},
    "/admin/api-keys": {"admin"},
    "/admin/api-keys/new": {"admin"},
    "/admin/generators": {"admin"},
    "/admin/keys": {"admin"},
    "/admin/health": {"admin", "auditor"},
}
APIS = {
    "/api/users": {"admin"},
    "/api/apikeys": {"admin"},
    "/api/generators": {"admin"},
    "/api/keys": {"admin"},
    "/api/health": {"admin", "auditor"},
}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def root(place: Console) -> Visitor:
    return await place.visitor("root", "admin")


async def send(visitor: Visitor, path: str, **fields: Any) -> View:
    """Send a form with several values of one name."""
    return View(await visitor.client.post(path, data=fields, follow_redirects=True))


async def added(place: Console, name: str, *roles: str, **more: Any) -> Principal:
    return await place.installation.add(name, *roles, **more)


@pytest.mark.parametrize("role", ["employee", "service", "auditor", "admin", "privacy_officer"])
async def test_who_sees_which_page(place: Console, role: str) -> None:
    visitor = await place.visitor("somebody", role)
    emma = await added(place, "emma", "employee")
    people = {f"/admin/users/{emma.id}{act}": {"admin"} for act in ("", "/roles?role=admin", "/disable", "/password")}
    for path, roles in (PAGES | people).items():
        view = await visitor.get(path)
        assert view.status == (200 if role in roles else 403), path
    for path, roles in APIS.items():
        answer = await visitor.client.get(path)
        assert answer.status_code == (200 if role in roles else 403), path
        assert answer.headers["cache-control"] == "no-store"
    has_any = any(role in roles for roles in PAGES.values())
    assert ('href="/admin"' in (await visitor.get("/chat")).html) == has_any
    home = await visitor.client.get("/admin")
    assert home.headers.get("location") == {"admin": "/admin/users", "auditor": "/admin/health"}.get(role)


async def test_who_is_not_signed_in_is_sent_to_do_so(place: Console) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(place.app), base_url=URL) as client:
        for path in ("/admin", "/admin/nothing", *PAGES):
            assert (await client.get(path)).headers["location"] == f"/login?next={path}"
        for path in APIS:
            assert (await client.get(path)).status_code == 401


async def test_an_admin_of_another_tenant_sees_their_own_alone(place: Console, root: Visitor) -> None:
    tess = await place.visitor("tess", "admin", tenant="acme")
    assert "root" not in (await tess.get("/admin/users")).text.replace("tess", "")
    for path in ("", "/roles?role=admin", "/disable", "/password"):
        foreign, unknown = [await tess.get(f"/admin/users/{each}{path}") for each in (root.who.id, "user_0")]
        assert (foreign.status, foreign.text) == (unknown.status, unknown.text)
        assert foreign.status == 404
    for act in ("disable", "enable", "password", "sign-out", "second-factor", "unlock", "roles"):
        view = await send(tess, f"/admin/users/{root.who.id}/{act}", role="employee", before="admin")
        assert view.status == 404
    assert (await tess.get("/admin/keys")).status == 403
    health = await tess.get("/admin/health")
    assert "belong to the whole installation" in health.text
    assert "Processes and their policy" not in health.text
    assert set((await tess.client.get("/api/health")).json()) == {"at", "version", "python", "started", "well", "parts"}


async def test_somebody_is_added_and_signs_in(place: Console, root: Visitor) -> None:
    form = await root.get("/admin/users/new")
    assert "Chats." in form.text
    view = await send(root, "/admin/users/new", name="emma", kind="user", role=["employee"])
    assert "It is shown this once" in view.text
    assert view.answer.headers["cache-control"] == "no-store"
    password = view.html.partition('id="secret" value="')[2].partition('"')[0]
    user = await place.installation.parts.users.verify("emma", password)
    again = await send(root, "/admin/users/new", name="emma", kind="user", role=["auditor"])
    assert (again.status, again.alert) == (400, "There is a user of that name already.")
    assert 'value="emma"' in again.html
    assert 'value="auditor" checked' in again.html
    nobody = await send(root, "/admin/users/new", name="eve", kind="user")
    assert (nobody.status, nobody.alert.startswith("Choose at least one role")) == (400, True)
    page = await root.get(f"/admin/users/{user.id}")
    assert "Not signed in anywhere." in page.text


async def test_a_password_that_somebody_else_knows_opens_nothing_but_its_own_change(
    place: Console, root: Visitor
) -> None:
    emma = await place.visitor("emma", "employee")
    done = await root.press(await root.get(f"/admin/users/{emma.who.id}/password"), "Reset the password")
    old = done.html.partition('id="secret" value="')[2].partition('"')[0]
    parts = place.installation.parts
    token, write = parts.sessions.new(await parts.users.get(emma.who.id))
    await parts.database.write(write)
    emma.client.cookies.clear()
    emma.client.cookies.set(COOKIE, token)
    for path in ("/chat", "/account", "/account/second-factor", "/login", "/admin"):
        assert (await emma.get(path)).answer.url.path == "/account/password"
    refused = await emma.client.get("/api/users")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "password_change_required")
    view = await emma.get("/account/password")
    assert "set by an administrator" in view.text
    wrong = await emma.press(view, "Change the password", old="x", new="four own words", repeated="four own words")
    assert "not this one" in wrong.alert
    again = await emma.press(view, "Change the password", old=old, new=old, repeated=old)
    assert "is the old one" in again.alert
    kept = await emma.press(view, "Change the password", old=old, new="four own words", repeated="four own words")
    assert "Your password is changed" in kept.text
    assert (await emma.client.get("/chat")).status_code == 200
    assert (await emma.client.get("/account/password")).headers["location"] == "/account#password-title"


async def test_what_lets_somebody_in_needs_a_fresh_proof_and_what_keeps_out_does_not(
    place: Console, root: Visitor
) -> None:
    emma = await added(place, "emma", "employee")
    bot = await added(place, "bot", "service", kind="service")
    user = f"/admin/users/{emma.id}"
    fresh = {
        "/admin/users/new": {"name": "eve", "kind": "user", "role": ["employee"]},
        "/admin/api-keys/new": {"user": bot.id},
        f"{user}/roles": {"role": ["admin"], "before": "employee"},
        f"{user}/password": {},
        f"{user}/second-factor": {},
    }
    await age(place, 11)
    for path, fields in fresh.items():
        assert (await root.client.get(path)).headers["location"].startswith("/login/again?next=/admin/")
        view = await send(root, path, **fields)
        assert (view.status, "Nothing was done yet" in view.alert) == (403, True)
    for path, body in (
        ("/api/users", {"name": "eve", "roles": ["employee"]}),
        ("/api/apikeys", {"user": bot.id}),
        (f"/api/users/{emma.id}/roles", {"roles": ["admin"]}),
        (f"/api/users/{emma.id}/password", {}),
        (f"/api/users/{emma.id}/second-factor/remove", {}),
        (f"/api/users/{emma.id}/enable", {}),
    ):
        answer = await root.client.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "step_up_required")
    assert len(await place.installation.parts.users.list()) == 3
    assert (await send(root, f"{user}/sign-out")).status == 200
    assert (await send(root, f"{user}/disable")).status == 200


async def test_duties_apart_are_shown_before_anything_is_saved(place: Console, root: Visitor) -> None:
    both = {"name": "eve", "kind": "user", "role": ["admin", "auditor"]}
    view = await send(root, "/admin/users/new", **both)
    assert view.status == 409
    assert "user edit and transcript read" in view.text
    assert "Who gives roles to people should not be the one who reads what people write." in view.text
    assert [each.name for each in await place.installation.parts.users.list()] == ["root"]
    assert (await send(root, "/admin/users/new", **both, accept="yes")).status == 200
    emma = await added(place, "emma", "employee")
    seen = await root.get(f"/admin/users/{emma.id}/roles?role=admin&role=auditor&role=nothing")
    assert "+ given admin" in seen.text
    assert "− taken away employee" in seen.text
    assert "user edit and transcript read" in seen.text
    path = f"/admin/users/{emma.id}/roles"
    view = await send(root, path, before="employee", role=["admin", "auditor"])
    assert view.status == 409
    assert "say that you accept it" in view.alert
    view = await send(root, path, before="employee", role=["admin", "auditor"], accept="yes")
    assert "The roles were changed." in view.text
    stale = await send(root, path, before="employee", role=["service"])
    assert (stale.status, "Somebody else changed this user first" in stale.alert) == (409, True)
    assert "Nothing would change." in (await root.get(f"{path}?role=admin&role=auditor")).text
    assert "Choose at least one role." in (await root.get(path)).alert


async def test_the_last_admin_stays(place: Console, root: Visitor) -> None:
    me = f"/admin/users/{root.who.id}"
    assert "Disable…" not in (await root.get(me)).text
    assert "your own account" in (await send(root, f"{me}/disable")).alert
    view = await send(root, f"{me}/roles", before="admin", role=["employee"])
    assert view.status == 409
    assert "nobody of your tenant could edit users" in view.alert
    await place.visitor("ben", "admin")
    view = await send(root, f"{me}/roles", before="admin", role=["admin", "employee"])
    assert (view.status, "Nobody changes their own roles" in view.alert) == (403, True)


async def test_each_act_says_what_it_does_and_then_does_it(place: Console, root: Visitor) -> None:
    emma = await place.visitor("emma", "employee")
    page = f"/admin/users/{emma.who.id}"
    assert (await emma.get("/chat")).status == 200
    view = await root.get(f"{page}/disable")
    assert "Disable emma?" in view.text
    assert (await place.installation.parts.users.get(emma.who.id)).disabled is None
    done = await root.press(view, "Disable")
    assert "Disabled. Sessions have ended" in done.text
    assert (await emma.client.get("/chat")).headers["location"] == "/login"
    assert "disabled already" in (await root.press(view, "Disable")).alert
    done = await root.press(await root.get(f"{page}/enable"), "Enable")
    assert "Enabled." in done.text
    done = await root.press(await root.get(f"{page}/password"), "Reset the password")
    password = done.html.partition('id="secret" value="')[2].partition('"')[0]
    assert await place.installation.parts.users.verify("emma", password)
    done = await root.press(await root.get(f"{page}/sign-out"), "Sign out everywhere")
    assert "Signed out everywhere." in done.text
    done = await root.press(await root.get(f"{page}/unlock"), "Unlock")
    assert "Unlocked." in done.text
    view = await root.press(await root.get(f"{page}/second-factor"), "Take the second factor away")
    assert "has no second factor" in view.alert
    for path in (f"{page}/nothing", "/admin/nothing", f"{page}/roles/more"):
        assert (await root.get(path)).status == 404
    assert (await send(root, f"{page}/nothing")).status == 404
    events = [each["event"] for each in await place.installation.records(actor=root.who.id)]
    assert [each for each in events if each not in ("user.read", "permission.denied")] == [
        "user.disabled",
        "user.enabled",
        "user.password_reset",
        "user.sessions_ended",
        "user.unlocked",
    ]


async def test_a_form_from_another_site_does_nothing(place: Console, root: Visitor) -> None:
    emma = await added(place, "emma", "employee")
    answer = await root.client.post(f"/admin/users/{emma.id}/disable", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await place.installation.parts.users.get(emma.id)).disabled is None


async def test_a_key_is_made_shown_once_and_revoked(place: Console, root: Visitor) -> None:
    assert "There is no key yet." in (await root.get("/admin/api-keys")).text
    bot = await added(place, "bot", "service", kind="service")
    emma = await added(place, "emma", "employee")
    form = await root.get(f"/admin/api-keys/new?user={bot.id}")
    assert "emma" not in form.text
    made = await root.press(form, "Make the key")
    key = made.html.partition('id="secret" value="')[2].partition('"')[0]
    parts = place.installation.parts
    assert (await parts.api_keys.principal(key)).id == bot.id
    assert made.answer.headers["cache-control"] == "no-store"
    listed = await root.get("/admin/api-keys")
    assert key not in listed.html
    assert "bot service" in listed.text
    for fields, told in (
        ({"user": emma.id, "expires": ""}, "A key for another person"),
        ({"user": bot.id, "expires": "1999-01-01"}, "next ten years"),
        ({"user": bot.id, "expires": "soon"}, "Give a day"),
        ({"user": "user_0", "expires": ""}, "no user of that id"),
    ):
        view = await send(root, "/admin/api-keys/new", **fields)
        assert told in view.alert
    (row,) = await parts.api_keys.list()
    view = await root.get(f"/admin/api-keys/{row.id}/revoke")
    assert "It belongs to bot." in view.text
    done = await root.press(view, "Revoke")
    assert "Revoked." in done.text
    with pytest.raises(AuthenticationError):
        await parts.api_keys.principal(key)
    assert "revoked already" in (await root.press(view, "Revoke")).alert
    assert "Show 1 revoked key too" in done.text
    assert f"gk_{row.prefix}" in (await root.get("/admin/api-keys?revoked=yes")).text


async def test_generators_are_shown_without_secrets_and_tested(place: Console, root: Visitor) -> None:
    view = await root.get("/admin/generators")
    assert "127.0.0.1:9" in view.text
    assert "secret" not in view.html
    assert "NOT_SET_ANYWHERE of a generator is not set" in view.text
    for name, told in (
        ("echo", "echo answered"),
        ("slow", "no whole answer in 0.3 seconds"),
        ("broken", "The model could not answer."),
        ("keyless", "NOT_SET_ANYWHERE of a generator is not set"),
        ("nothing", "There is no generator of that name."),
    ):
        view = await send(root, "/admin/generators", name=name)
        assert told in view.text
    tested = await place.installation.records(event="generator.tested")
    found = [(each["generator"], each["decision"], each.get("reason_id")) for each in tested]
    assert found == [
        ("echo", "allow", None),
        ("slow", "error", "upstream_timeout"),
        ("broken", "error", "generator_failed"),
        ("keyless", "error", "generator_not_ready"),
    ]
    assert "hello" not in json.dumps(tested).lower()


async def test_keys_and_health_say_how_it_stands(place: Console, root: Visitor) -> None:
    keys = await root.get("/admin/keys")
    assert place.installation.parts.keys.key_id in keys.text
    assert "There is no conversation yet" in keys.text
    await root.get("/admin/users")
    health = await root.get("/admin/health")
    assert "All is well." in health.text
    assert "SQLite" in health.text
    assert "revision 1" in health.text
    found = (await root.client.get("/api/health")).json()
    assert found["well"] is True
    assert found["log"]["head"] is True
    assert found["log"]["records"] > 0
    assert found["database"]["schema"] == "0005"
    assert len(found["workers"]) == 1
    assert 0 < found["disk"]["free"] <= found["disk"]["total"]
    assert found["memory"] > 1_000_000


async def test_a_log_without_its_head_is_told(place: Console, root: Visitor) -> None:
    database = place.installation.parts.database
    assert database.path
    await root.get("/admin/users")
    database.path.with_name(database.path.name + ".head").unlink()
    view = await root.get("/admin/health")
    assert "missing: guard audit verify" in view.text
    assert "Something has to be looked after." in view.text


async def test_names_are_text_and_no_filter_becomes_markup(place: Console, root: Visitor) -> None:
    await added(place, "<b>eve<b>", "employee")
    view = await root.get("/admin/users")
    assert "<b>eve" not in view.html
    assert "<b>eve<b>" in view.text
    for path in (f"/admin/users?name={EVIL}&role={EVIL}&state={EVIL}&page={EVIL}", f"/admin/users/new?name={EVIL}"):
        assert "<img src=x" not in (await root.get(path)).html
    assert "Nobody is as you asked." in (await root.get(f"/admin/users?name={EVIL}")).text
    view = await send(root, "/admin/users/new", name=EVIL + "\0", kind=EVIL, role=[EVIL])
    assert view.status == 400
    assert "<img src=x" not in view.html


async def test_the_api_does_what_the_pages_do(place: Console, root: Visitor) -> None:
    client = root.client
    made = await client.post("/api/users", json={"name": "emma", "roles": ["employee"]})
    assert made.status_code == 201
    emma, password = made.json()["user"]["id"], made.json()["password"]
    assert await place.installation.parts.users.verify("emma", password)
    listed = (await client.get("/api/users?role=employee")).json()
    assert (listed["total"], listed["users"][0]["id"], listed["users"][0]["state"]) == (1, emma, "active")
    shown = (await client.get(f"/api/users/{emma}")).json()["user"]
    assert (shown["name"], shown["sessions"], shown["api_keys"]) == ("emma", [], [])
    changed = await client.post(f"/api/users/{emma}/roles", json={"roles": ["auditor"], "before": ["employee"]})
    assert changed.json()["user"]["roles"] == ["auditor"]
    for body, code in (
        ({"roles": ["auditor", "admin"]}, "separation_of_duties"),
        ({"roles": ["service"], "before": ["employee"]}, "conflict"),
        ({"roles": []}, "invalid_request"),
        ({"roles": "admin"}, "invalid_request"),
        ({"role": ["admin"]}, "invalid_request"),
    ):
        answer = await client.post(f"/api/users/{emma}/roles", json=body)
        assert answer.json()["error"]["code"] == code
    for step in ("disable", "enable", "sign-out", "unlock"):
        assert (await client.post(f"/api/users/{emma}/{step}")).status_code == 200, step
    assert (await client.post(f"/api/users/{emma}/password")).json()["password"] != password
    assert (await client.post(f"/api/users/{emma}/second-factor/remove")).status_code == 409
    answer = await client.post("/api/apikeys", json={"user": emma})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "key_of_another")
    bot = (await client.post("/api/users", json={"name": "bot", "roles": ["service"], "kind": "service"})).json()
    assert bot["password"] is None
    key = (
        await client.post("/api/apikeys", json={"user": bot["user"]["id"], "expires": time.time_ns() // 10**6 + 60_000})
    ).json()
    assert (await place.installation.parts.api_keys.principal(key["api_key"])).name == "bot"
    keys = (await client.get("/api/apikeys")).json()["api_keys"]
    assert [(each["id"], each["state"], each["user"]) for each in keys] == [(key["id"], "valid", "bot")]
    assert (await client.post(f"/api/apikeys/{key['id']}/revoke")).json()["api_key"]["state"] == "revoked"
    tested = (await client.post("/api/generators/test", json={"name": "echo"})).json()
    assert (tested["ok"], tested["words"] > 0) == (True, True)
    names = [each["name"] for each in (await client.get("/api/generators")).json()["generators"]]
    assert names == ["echo", "slow", "broken", "keyless"]
    assert (await client.get("/api/keys")).json()["to_rewrap"] == 0
    for query in ("page=x", "page=-1", "shoe=9"):
        assert (await client.get(f"/api/users?{query}")).status_code == 400
    assert "/api/users" in (await client.get("/openapi.json")).json()["paths"]
