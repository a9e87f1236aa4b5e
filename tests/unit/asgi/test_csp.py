"""Every response, whatever it is, forbids what our pages do not need."""

from __future__ import annotations

import pytest

from tests.unit.serving import House
from tests.unit.serving import chat as body

SCRIPTS = ("chat.js", "blocks.js", "code.js", "fetched.js", "preview.js", "problem.js", "send.js", "talk.js", "stream.js",
           "guard.css", "chat.css")  # fmt: skip

RESPONSES = [
    ("GET", "/login", 200),
    ("GET", "/chat", 303),
    ("GET", "/", 303),
    ("GET", "/static/guard.css", 200),
    ("GET", "/static/chat.js", 200),
    ("GET", "/healthz", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/nothing", 404),
    ("DELETE", "/login", 403),
    ("POST", "/v1/chat/completions", 401),
]


@pytest.mark.parametrize(("method", "path", "status"), RESPONSES)
async def test_each_response_has_the_headers(method: str, path: str, status: int) -> None:
    headers = {"sec-fetch-site": "cross-site"} if method == "DELETE" else {}
    async with House().client(headers=headers) as client:
        answer = await client.request(method, path, json=body() if method == "POST" else None)
    assert answer.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        **dict.fromkeys(
            ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"),
            "'self'",
        ),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "access-control-allow-origin" not in answer.headers


async def test_the_pages_are_all_that_the_policy_allows() -> None:
    """No inline script, style or handler, and nothing from elsewhere."""
    house = House()
    session = await house.ring.login("ada", "right")
    async with house.client(cookies={"guard_session": session}) as client:
        pages = [(await client.get(path)).text for path in ("/login", "/chat")]
        pages += [(await client.get(f"/static/{name}")).text for name in SCRIPTS]
    for page in pages:
        for forbidden in ("<style", " style=", " onclick", " onload", "javascript:", "innerHTML", "://", "@import"):
            assert forbidden not in page.replace("http://www.w3.org/2000/svg", "")
    assert all("<script type" not in part.split(">")[0] or "src=" in part for part in "".join(pages).split("<"))
