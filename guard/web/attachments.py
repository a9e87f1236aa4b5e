"""Text files that come with a message. Nothing of a form is ever written to a temporary file.

A file becomes part of the message, as a block with its name: what is in it, and what it is called, is checked and
redacted like everything that a person writes.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from guard.errors import InvalidRequestError, RequestTooLargeError
from guard.web.desk import read_form
from guard.web.texts import gettext as _

MOST_FILES = 5
LARGEST = 100_000
"""Bytes of one file."""

FIELD = "files"

# Control characters but tabs and line ends: no text that a person wrote holds them.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NAME = re.compile(r"[\s`\x00-\x1f\x7f]+")


class _InMemory(MultiPartParser):
    """The body is bounded (`guard.asgi.body_limit`), and so is what lies in memory."""

    spool_max_size = 1 << 60


@dataclass(frozen=True, slots=True)
class Sent:
    """The form of a message: its text fields, and its files as they came."""

    fields: dict[str, str] = field(repr=False)
    uploads: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def message(self) -> str:
        """What was written, with the files behind it. Raises InvalidRequestError, RequestTooLargeError."""
        written = self.fields.get("message", "").replace("\r\n", "\n")
        if len(self.uploads) > MOST_FILES:
            raise InvalidRequestError(_("At most %(most)d files can be attached to a message.") % {"most": MOST_FILES})
        texts = [_text(number, content) for number, (_name, content) in enumerate(self.uploads, 1)]
        files = [_block(name, text) for (name, _content), text in zip(self.uploads, texts, strict=True)]
        return "\n\n".join(([written] if written.strip() or not files else []) + files)


async def read_message(request: Request) -> Sent:
    """The form of a message, which alone takes files. Raises InvalidRequestError."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return Sent(await read_form(request))
    try:
        async with aclosing(request.stream()) as stream:
            # One more than is allowed, so that the refusal can be in words, beside what was written.
            form = await _InMemory(request.headers, stream, max_files=2 * MOST_FILES, max_fields=50).parse()
    except MultiPartException:
        raise InvalidRequestError(_("The form could not be read.")) from None
    try:
        return await _sent(form)
    finally:
        await form.close()


async def _sent(form: FormData) -> Sent:
    fields: dict[str, str] = {}
    uploads: list[tuple[str, bytes]] = []
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields[name] = value
        elif name != FIELD:
            raise InvalidRequestError(_("Files can only be attached as files."))
        elif value.filename:
            # A byte more than is allowed tells that there are too many.
            uploads.append((value.filename, await value.read(LARGEST + 1)))
    return Sent(fields, tuple(uploads))


def _text(number: int, content: bytes) -> str:
    if len(content) > LARGEST:
        most = LARGEST // 1000
        raise RequestTooLargeError(
            _("File %(number)d is too large: a file may have at most %(most)d kB.") % {"number": number, "most": most}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_text(number) from None
    if _BINARY.search(text):
        raise _no_text(number)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_text(number: int) -> InvalidRequestError:
    return InvalidRequestError(
        _("File %(number)d is not text: only text in UTF-8 can be attached, because only text can be checked.")
        % {"number": number},
        reason_id="content_not_text",
    )


def _block(name: str, text: str) -> str:
    """The text between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{_NAME.sub('_', name)[-120:]}\n{text.rstrip()}\n{fence}"
