"""What each address needs: the table that `test_access.py` holds every address against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.routing import BaseRoute


@dataclass(frozen=True)
class Need:
    """What an address needs.

    Args:
        right: object and act; `""`: being signed in; `None`: nothing.
        whose: whose the thing in the address is: `tenant`: of one tenant; `person`: of one person; `""`: nobody's.
        send: a request that is understood, without consequences: what makes it fail comes after the question of rights.
    """

    right: str | None
    whose: Literal["", "tenant", "person"] = ""
    send: dict[str, Any] = field(default_factory=dict)


CHAT = {"json": {"model": "echo", "messages": [{"role": "user", "content": "Hello."}]}}
TEXTS = {"json": {"text": "Hello."}}
NO_FILES: dict[str, Any] = {"json": {"files": {}}}
QUESTION = {"json": {"roles": ["employee"], "object": "restore", "act": "use"}}
SAID = {"json": {"text": "Hello."}}
APPROVAL = {"json": {"policy": "sha256:none"}}
ROLLBACK = {"json": {"revision": 1}}  # it is the one in force

NEEDS: dict[tuple[str, str], Need] = {
    ("GET", "/"): Need(None),
    ("GET", "/healthz"): Need(None),
    ("GET", "/readyz"): Need(None),
    ("GET", "/openapi.json"): Need(None),
    ("GET", "/static/{name}"): Need(None),
    ("GET", "/login"): Need(None),
    # OpenAI's API
    ("GET", "/v1/models"): Need(""),
    ("GET", "/v1/models/{name:path}"): Need("generator/echo use"),
    ("POST", "/v1/chat/completions"): Need("generator/echo use", send=CHAT),
    ("POST", "/api/redact"): Need("check/redact use", send=TEXTS),
    ("POST", "/api/moderate"): Need("check/moderate use", send=TEXTS),
    # Review
    ("GET", "/api/audit"): Need("audit read"),
    ("GET", "/api/audit/{index}"): Need("audit read", "tenant"),
    ("GET", "/api/transcripts/{conversation}"): Need("transcript read", "tenant"),
    ("GET", "/review"): Need("audit read"),
    ("GET", "/review/export"): Need("audit read"),
    ("GET", "/review/{index}"): Need("audit read", "tenant"),
    # Policies: one for all tenants
    ("GET", "/api/policies"): Need("policy read"),
    ("GET", "/api/policies/revisions"): Need("policy read"),
    ("GET", "/api/policies/revisions/{number}"): Need("policy read"),
    ("GET", "/api/policies/changes"): Need("policy read"),
    ("GET", "/api/policies/changes/{change_id}"): Need("policy read"),
    ("GET", "/api/policies/changes/{change_id}/report"): Need("policy read"),
    ("POST", "/api/policies/check"): Need("policy read", send=NO_FILES),
    ("POST", "/api/policies/explain"): Need("policy read", send=QUESTION),
    ("POST", "/api/policies/rollback"): Need("policy approve", send=ROLLBACK),
    ("POST", "/api/policies/changes/{change_id}/comments"): Need("policy read", send=SAID),
    ("POST", "/api/policies/changes/{change_id}/approve"): Need("policy approve", send=APPROVAL),
    ("POST", "/api/policies/changes/{change_id}/reject"): Need("policy approve", send={"json": {"text": ""}}),
    ("POST", "/api/policies/changes/{change_id}/activate"): Need("policy edit", send={"json": {}}),
    ("POST", "/api/policies/changes"): Need("policy edit", send={"json": {"title": "Nothing", "files": {}}}),
    ("PUT", "/api/policies/changes/{change_id}"): Need("policy edit", send=NO_FILES),
    ("POST", "/api/policies/changes/{change_id}/submit"): Need("policy edit"),
    # The last that is tried: it ends the change set.
    ("POST", "/api/policies/changes/{change_id}/withdraw"): Need("policy edit"),
    ("GET", "/policies"): Need("policy read"),
    ("POST", "/policies"): Need("policy read", send={"data": {"roles": "employee", "object": "restore", "act": "use"}}),
    ("GET", "/policies/changes/new"): Need("policy edit"),
    ("POST", "/policies/changes/new"): Need("policy edit", send={"data": {"title": ""}}),
    ("GET", "/policies/changes/{change_id}"): Need("policy read"),
    ("POST", "/policies/changes/{change_id}"): Need(
        "policy read", send={"data": {"step": "comment", "text": "Hello."}}
    ),
    ("GET", "/policies/changes/{change_id}/edit"): Need("policy edit"),
    ("POST", "/policies/changes/{change_id}/edit"): Need("policy edit", send={"data": {"title": ""}}),
    ("GET", "/policies/revisions/{number}"): Need("policy read"),
    ("POST", "/policies/revisions/{number}"): Need("policy read", send={"data": {"head": "none"}}),
    # Chat pages and sign-in
    ("GET", "/chat"): Need(""),
    ("POST", "/chat"): Need("", send={"data": {"message": ""}}),
}

UNTRIED = {
    ("POST", "/login"),  # begins a session; tests/unit/authenticate
    ("POST", "/logout"),  # ends the session that it is asked with
    ("GET", "/policies/{rest:path}"),  # says that there is no such page
}
"""Addresses that this does not try, and where they are tried."""


def addresses(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    """Method and path of every route, those of included routers too."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        methods, path = getattr(route, "methods", None), getattr(route, "path", None)
        if methods and path:
            found |= {(method, path) for method in methods if method != "HEAD"}
        elif (router := getattr(route, "original_router", None)) is not None:
            found |= addresses(router.routes)
    return found
