"""Static files: addresses that change with the content, and no way out of the folder."""

from __future__ import annotations

import re

import pytest

from guard.web.assets import STATIC, asset
from tests.unit.serving import House


def test_the_address_holds_a_hash_of_the_content() -> None:
    addresses = {asset(path.name) for path in STATIC.iterdir()}
    assert all(re.fullmatch(r"/static/[a-z.]+\?v=[0-9a-f]{16}", address) for address in addresses)
    assert len(addresses) == len(list(STATIC.iterdir()))


async def test_files_may_be_kept_for_ever_and_have_their_type() -> None:
    types = {"guard.css": "text/css", "chat.js": "javascript", "guard.svg": "image/svg+xml"}
    async with House().client() as client:
        for name, kind in types.items():
            answer = await client.get(asset(name))
            assert answer.status_code == 200
            assert kind in answer.headers["content-type"]
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        "../pages.py",
        "..%2fpages.py",
        "%2e%2e/pages.py",
        "..%5cpages.py",
        "%00",
        "nothing.js",
        "%2fetc%2fpasswd",
    ],
)
async def test_nothing_else_is_served(path: str) -> None:
    async with House().client() as client:
        answer = await client.get(f"/static/{path}")
    assert answer.status_code in (303, 307, 404)
    assert "import" not in answer.text


async def test_what_is_asked_for_without_its_version_is_not_kept() -> None:
    """A module imports another by its plain name: an old one must not stay beside a new one."""
    async with House().client() as client:
        for query in ("", "?v=0123456789abcdef"):
            assert (await client.get(f"/static/stream.js{query}")).headers["cache-control"] == "no-cache"
