"""After a sign-in one stays with Guard, whatever the address said."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.authenticate.addresses import is_secure, local_page

HERE = "https://guard.example"
ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "///evil.example", "/\\/evil.example",
    "http:evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
    "/\r/evil.example", "evil.example", "@evil.example", "//evil.example@guard.example", "https:/\\evil.example",
    "/a\\b", "/\u2028/evil", "/chat\r\nset-cookie: a=b", "data:text/html,x", "", "?next=//evil.example", "#", "/" + "a" * 3000,
    "/login", "/login?next=/login", "/logout", "/LOGIN/again", "/",
]  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_what_leads_elsewhere_or_round_in_circles_leads_to_the_chat(wanted: str) -> None:
    assert local_page(wanted) == "/chat"


@pytest.mark.parametrize(
    "wanted", ["/chat", "/review?event=chat.opened&decision=deny", "/policies/changes/x#y", "/%5C%2Fa"]
)
def test_a_page_of_ours_is_gone_to(wanted: str) -> None:
    assert local_page(wanted) == wanted


@given(st.text(alphabet="/\\ \t\n\r:@?#%.abevil0", max_size=20))
def test_no_text_leads_to_another_host(wanted: str) -> None:
    page = local_page(wanted)
    # As browsers read it: backslashes are slashes, tabs and line ends are nothing.
    read = page.replace("\\", "/").translate({9: None, 10: None, 13: None})
    assert urlsplit(urljoin(HERE, read))[:2] == ("https", "guard.example")


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://id.example", True),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost", True),
        ("http://id.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("http://[", False),
    ],
)
def test_only_this_machine_is_reached_without_tls(url: str, secure: bool) -> None:
    assert is_secure(url) is secure
