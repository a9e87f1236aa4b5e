"""The texts of the pages: English in the templates and the code, other languages in catalogues (GNU gettext).

`make texts` gathers every text into `locales/guard.pot`. A language is a folder beside it:
`locales/<language>/LC_MESSAGES/guard.mo`. Which one a page is in, its reader's browser says.
"""

from __future__ import annotations

import gettext as catalogues
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from guard.web import assets

LOCALES = Path(assets.FOLDER) / "locales"
SOURCE = "en"

_ENGLISH = catalogues.NullTranslations()
_chosen: ContextVar[catalogues.NullTranslations | None] = ContextVar("texts", default=None)


def gettext(message: str) -> str:
    """A text in the language of the page that is being made."""
    return (_chosen.get() or _ENGLISH).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """A text that depends on a number."""
    return (_chosen.get() or _ENGLISH).ngettext(one, many, number)


def choose(accepted: str | None) -> str:
    """Use the first language that is there, for the texts of this request. Returns its tag.

    Args:
        accepted: the header `Accept-Language` (RFC 9110, 12.5.4).
    """
    for tag in _preferred(accepted or ""):
        if tag.split("-")[0] == SOURCE:
            break
        if (name := _catalogue(tag)) is not None:
            _chosen.set(catalogues.translation("guard", LOCALES, [name]))
            return name.replace("_", "-")
    _chosen.set(None)
    return SOURCE


def N_(message: str) -> str:  # noqa: N802
    """Mark a text that is translated where it is shown."""
    return message


class Language:
    """Middleware: `guard.language` of the scope is the tag of the language that its texts are in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["guard.language"] = choose(Headers(scope=scope).get("accept-language"))
        await self._app(scope, receive, send)


def _preferred(accepted: str) -> list[str]:
    """The tags of the header, best first."""
    weighed = []
    for part in accepted[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda each: -each[0]) if weight > 0 and tag]


def _catalogue(tag: str) -> str | None:
    """The folder of a language or of what it is a kind of (`zh` for `zh-CN`)."""
    languages = _languages()
    parts = tag.lower().split("-")
    tags = ["_".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((languages[each] for each in tags if each in languages), None)


@cache
def _languages() -> dict[str, str]:
    return {path.parents[1].name.lower(): path.parents[1].name for path in LOCALES.glob("*/LC_MESSAGES/guard.mo")}


assets.templates.env.add_extension("jinja2.ext.i18n")
assets.templates.env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
