"""Cross-site requests cannot use a person's session: Sec-Fetch-Site, and Origin against Host (no tokens needed).

Browsers send `Sec-Fetch-Site` with every request (W3C Fetch Metadata); those that do not send `Origin` with a POST. A
request with an API key is not asked: a browser does not add one by itself, as it does with the credentials of the other
schemes (RFC 7617, section 2.2) that a proxy before us may want.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from guard.errors import GuardError, PermissionDeniedError

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteRefused:
    """Refuses unsafe requests from another site that come without an API key."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Scope, GuardError], Response]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE and not _same_site(Headers(scope=scope)):
            error = PermissionDeniedError("The request came from another site.", reason_id="cross_site_request")
            await self._refuse(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _same_site(headers: Headers) -> bool:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return True
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    # No browser at all, or one that is older than both headers and has no session to lose without a cookie.
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False
