"""Which addresses may be gone to: pages of Guard itself after a sign-in, and providers that cannot be listened to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}")
"""A path of this host: browsers read `//host` and `/\\host` as another one, and drop tabs and line ends."""


def local_page(wanted: str | None, otherwise: str = "/chat") -> str:
    """The page to go on to: the one that was asked for, if it is one of ours and not of signing in or out."""
    if not wanted or not _LOCAL.fullmatch(wanted):
        return otherwise
    first = urlsplit(wanted).path.split("/")[1].lower()
    return otherwise if first in ("", "login", "logout") else wanted


def is_secure(url: str) -> bool:
    """Whether what is sent there cannot be read on the way: https, or http to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    is_loopback = host in ("127.0.0.1", "::1", "localhost")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback))
