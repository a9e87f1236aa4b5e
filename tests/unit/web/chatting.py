"""The chat pages as somebody without script sees them: messages, answers, forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.unit.serving import House

OWN = {"sec-fetch-site": "same-origin"}
RIGHT = {"name": "ada", "password": "right"}
_EMPTY = {"meta", "link", "input", "br", "hr", "img"}
Files = list[tuple[str, tuple[str, bytes]]]


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def all(self, selector: str) -> list[Element]:
        """Those that are inside: `tag`, `.class` or `#id`; words one behind the other."""
        found = [self]
        for word in selector.split():
            found = [inner for each in found for inner in each._inside() if inner._is(word)]
        return found

    def one(self, selector: str) -> Element:
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} elements {selector}"
        return found[0]

    def text(self, without: str = "") -> str:
        """What can be read, but for elements of a class."""
        parts = [
            each if isinstance(each, str) else each.text(without)
            for each in self.children
            if isinstance(each, str) or not without or without not in each.attributes.get("class", "").split()
        ]
        return "".join(parts)

    def values(self) -> dict[str, str]:
        """What a form would send."""
        values = {
            each.attributes["name"]: each.attributes.get("value", "")
            for each in self.all("input")
            if each.attributes.get("type") != "file"
        }
        for each in self.all("textarea"):
            values[each.attributes["name"]] = each.text().removeprefix("\n")
        for each in self.all("select"):
            options = each.all("option")
            chosen = next(
                (option for option in options if "selected" in option.attributes), options[0] if options else None
            )
            if chosen:
                values[each.attributes["name"]] = chosen.attributes.get("value", chosen.text())
        return values

    def _inside(self) -> Iterator[Element]:
        for each in self.children:
            # What is in a template is not shown.
            if isinstance(each, Element) and each.tag != "template":
                yield each
                yield from each._inside()

    def _is(self, word: str) -> bool:
        if word.startswith("."):
            return word[1:] in self.attributes.get("class", "").split()
        if word.startswith("#"):
            return self.attributes.get("id") == word[1:]
        return self.tag == word


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        assert not [name for name in made.attributes if name.startswith("on") or name == "style"], "a script or a style"
        assert tag != "script" or set(made.attributes) == {"type", "src"}, "a script in the page"
        self.open[-1].children.append(made)
        if tag not in _EMPTY:
            self.open.append(made)

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            assert self.open[-1].tag == tag, f"{tag} ends in {self.open[-1].tag}"
            self.open.pop()


def parsed(html: str) -> Element:
    """A page. Fails where an element is not closed, or where there is a script in the page."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert len(parser.open) == 1
    return parser.open[0]


@dataclass
class Chat:
    """A person before a chat page."""

    client: httpx.AsyncClient
    answer: httpx.Response | None = None

    @classmethod
    async def begin(cls, client: httpx.AsyncClient) -> Chat:
        """Sign in and see the first page."""
        assert (await client.post("/login", data=RIGHT)).headers["location"] == "/chat"
        return await cls(client).get("/chat")

    async def get(self, path: str) -> Chat:
        self.answer = await self.client.get(path, follow_redirects=True)
        assert self.answer.status_code == 200, self.answer.text
        return self

    @property
    def html(self) -> str:
        assert self.answer is not None
        return self.answer.text

    @property
    def page(self) -> Element:
        return parsed(self.html)

    @property
    def address(self) -> str:
        assert self.answer is not None
        return str(self.answer.url)

    @property
    def conversation(self) -> str:
        return self.page.one("#chat").values()["conversation"]

    @property
    def said(self) -> list[str]:
        """What the person wrote, without the types that are marked in it."""
        return [each.all(".text")[0].text(without="type") for each in self.page.all(".user")]

    @property
    def answers(self) -> list[str]:
        return [each.all(".text")[0].text(without="visually-hidden").strip() for each in self.page.all(".assistant")]

    @property
    def note(self) -> str:
        return self.page.one("#note").text()

    @property
    def problem(self) -> str:
        return " ".join(self.page.one("#problem").text().split())

    async def send(self, message: str, files: Files | None = None, **more: str) -> Chat:
        """Fill the form and press its button."""
        return await self.post("/chat", self.page.one("#chat"), files, message=message, **more)

    async def press(self, form: Element, **more: str) -> Chat:
        """Press the button of a form of a turn."""
        return await self.post(form.attributes["action"], form, None, **more)

    async def post(self, path: str, form: Element, files: Files | None = None, **more: str) -> Chat:
        values: dict[str, Any] = {**form.values(), **more}
        if form.attributes.get("enctype"):
            # A browser sends an empty file where none was chosen.
            chosen: Files = files or [("files", ("", b""))]
            self.answer = await self.client.post(path, data=values, files=chosen, follow_redirects=True)
        else:
            self.answer = await self.client.post(path, data=values, follow_redirects=True)
        return self


@asynccontextmanager
async def chatting(house: House | None = None) -> AsyncIterator[Chat]:
    async with (house or House()).client(headers=OWN) as client:
        yield await Chat.begin(client)
