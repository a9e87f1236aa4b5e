"""People before the pages of a real installation, with a browser that has no script: links, forms, buttons."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from guard.app import create_app
from guard.authenticate.session import Sessions
from guard.authorize.authorizer import PolicyAuthorizer
from guard.authorize.required import Required
from guard.config import GeneratorSettings
from guard.installation.generators import GeneratorDesk
from guard.limit.limiter import CountingLimiter
from guard.limit.storage import in_memory
from guard.model import Principal
from guard.services import Admin, Policies, Services
from guard.web.desk import COOKIE
from guard.wiring import distributed, entrance, make_generators
from guard.wiring.administering import admin, described_of
from tests.unit.policy.installation import Installation, installed
from tests.unit.serving import URL, House


@dataclass
class Form:
    """A form as the page has it: where it goes, what it would send, and its buttons by their text."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Finds the forms, and the text that can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.alerts: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._button: tuple[str, str] | None = None
        self._alert = False
        self._select: str | None = None
        self._option = False
        self._written = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert not [name for name in found if name.startswith("on") or name == "style"], "a script or style in the page"
        self._alert = self._alert or found.get("role") == "alert"
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get"))
            self.forms.append(self._form)
        elif self._form and tag == "input" and "name" in found:
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self._form.values[found["name"]] = found.get("value", "")
        elif self._form and tag == "textarea":
            self._area, self._written = found["name"], ""
        elif self._form and tag == "select" and "name" in found:
            self._select = found["name"]
        elif self._form and tag == "option" and self._select:
            # What is not chosen is the first one.
            if "selected" in found or self._select not in self._form.values:
                self._form.values[self._select], self._option = found.get("value", ""), "value" not in found
        elif self._form and tag == "button":
            self._button, self._written = (found.get("name", ""), found.get("value", "")), ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        self._written += data
        if self._option and self._form and self._select:
            self._form.values[self._select] = data
        if self._alert:
            self.alerts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._alert = False
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None
        if self._form and tag == "textarea" and self._area is not None:
            # The first line break behind the tag is no part of the text, and browsers send CR LF.
            self._form.values[self._area] = self._written.removeprefix("\n").replace("\n", "\r\n")
            self._area = None
        self._option = False
        if tag == "select":
            self._select = None
        if self._form and tag == "button" and self._button:
            self._form.buttons[" ".join(self._written.split())] = self._button
            self._button = None


@dataclass
class View:
    """A page that came."""

    answer: httpx.Response

    def __post_init__(self) -> None:
        assert self.answer.headers["content-type"].startswith("text/html"), self.answer.text
        self._read = _Reader()
        self._read.feed(self.answer.text)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def text(self) -> str:
        """What can be read, in one line."""
        return " ".join(" ".join(self._read.text).split())

    @property
    def alert(self) -> str:
        return " ".join("".join(self._read.alerts).split())

    @property
    def buttons(self) -> set[str]:
        return {name for form in self._read.forms for name in form.buttons} - {"Sign out"}

    def form(self, button: str) -> Form:
        return next(form for form in self._read.forms if any(name.startswith(button) for name in form.buttons))


@dataclass
class Visitor:
    """Somebody who is signed in."""

    who: Principal
    client: httpx.AsyncClient

    async def get(self, path: str) -> View:
        return View(await self.client.get(path, follow_redirects=True))

    async def press(self, view: View, button: str, **filled: str) -> View:
        """Fill fields of the form that has this button, and press it."""
        form = view.form(button)
        name, value = next(sent for text, sent in form.buttons.items() if text.startswith(button))
        assert set(filled) <= set(form.values), f"no field {set(filled) - set(form.values)}"
        values = form.values | {field: text.replace("\n", "\r\n") for field, text in filled.items()}
        if name:
            values[name] = value
        target = (form.action or str(view.answer.url)).partition("#")[0]
        if form.method == "get":
            return View(await self.client.get(target, params=values, follow_redirects=True))
        return View(await self.client.post(target, data=values, follow_redirects=True))


@dataclass
class Console:
    """An installation, its application, and ways in."""

    installation: Installation
    services: Services
    app: Any

    async def visitor(self, name: str, *roles: str, tenant: str = "default") -> Visitor:
        """Add somebody with these roles and sign them in."""
        parts = self.installation.parts
        user, write = await parts.users.new(name, roles, tenant=tenant)
        await parts.database.write(write)
        sessions: Sessions = parts.sessions
        token, begun = sessions.new(user)
        await parts.database.write(begun)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=("127.0.0.1", 1)),
            base_url=URL,
            headers={"sec-fetch-site": "same-origin"},
            cookies={COOKIE: token},
        )
        return Visitor(user.principal(), client)


GENERATORS = (
    {"name": "echo", "kind": "scripted", "echo": True},
    {"name": "slow", "kind": "scripted", "replies": ["one two three"], "delay_s": 30},
    {"name": "broken", "kind": "scripted", "replies": ["one two three"], "fail_after": 0},
    {"name": "keyless", "kind": "openai", "base_url": "http://user:secret@127.0.0.1:9/v1?key=secret", "model": "m",
     "api_key_env": "NOT_SET_ANYWHERE"},
)  # fmt: skip


async def _admin(installation: Installation, authorize: PolicyAuthorizer, policies: Policies, ready: Any) -> Admin:
    """The administration, with the generators of `GENERATORS`, started."""
    settings = installation.parts.settings.model_copy(
        update={"generators": tuple(GeneratorSettings(**each) for each in GENERATORS)}
    )
    generators = make_generators(settings, {})
    await generators.start()
    parts = replace(installation.parts, settings=settings)
    made = admin(parts, authorize, policies.workers, generators, ready)
    required = Required(authorize, parts.audit.record, parts.database.write)
    desk = GeneratorDesk(required, generators, [described_of(each) for each in settings.generators], patience=0.3)
    return replace(made, generators=desk)


@asynccontextmanager
async def console(folder: Path) -> AsyncIterator[Console]:
    """Make one; the rest of the services are fakes."""
    async with installed(folder) as installation, distributed(installation.parts) as (authorize, policies):
        doors = entrance(installation.parts)
        house = House(stages={"authorize": authorize, "authenticate": doors.authenticate})
        fakes, review = house.services(), installation.parts.reviewing(authorize)
        services = Services(
            pipeline=fakes.pipeline,
            checks=fakes.checks,
            authenticate=doors.authenticate,
            authorize=authorize,
            generators=fakes.generators,
            transcripts=fakes.transcripts,
            login=doors.login,
            accounts=doors.accounts,
            oidc=doors.oidc,
            ready=fakes.ready,
            policies=policies,
            review=review.review,
            reveals=review.reveals,
            queues=review.queues,
            admin=await _admin(installation, authorize, policies, fakes.ready),
            fresh=doors.step_up,
            conversations=fakes.conversations,
            dashboard=installation.parts.dashboard(
                authorize, CountingLimiter(in_memory()).used, lambda: tuple(authorize.snapshot.bundle.limits.values())
            ),
            scenarios=fakes.scenarios,
        )

        @asynccontextmanager
        async def build() -> AsyncIterator[Services]:
            yield services

        app = create_app(build)
        async with app.router.lifespan_context(app):
            yield Console(installation, services, app)


def change_id(view: View) -> str:
    """The change set that a page is about."""
    found = re.search(r"/policies/changes/(chg_[0-9a-f]{12})", str(view.answer.url))
    assert found, view.answer.url
    return found[1]
