"""Refusals that come before any route: a form that a browser sent is answered with a page, not with JSON."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from guard.errors import GuardError
from guard.web.desk import refused

_APIS = ("/api/", "/v1/")


def wants_page(scope: Scope) -> bool:
    """Whether a request came from a page's form: it takes HTML, and is not for one of the APIs."""
    accepted = Headers(scope=scope).get("accept", "")
    return "text/html" in accepted and not scope["path"].startswith(_APIS)


def refusal_page(scope: Scope, error: GuardError) -> Response:
    """The refusal as a page. It has no navigation: nobody was asked who they are."""
    return refused(Request(scope), error)
