"""What each address needs: the table that `test_access.py` holds every address against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.routing import BaseRoute


@dataclass(frozen=True)
class Need:
    """What an address needs.

    Args:
        right: object and act; several with `|` between: one is enough; `""`: being signed in; `None`: nothing.
        whose: whose the thing in the address is: `tenant`: of one tenant; `person`: of one person; `""`: nobody's.
        send: a request that is understood, without consequences: what makes it fail comes after the question of rights.
            `{…}` in it is filled as in the address.
        path: the address to ask, where the one of the route has holes that anything fills.
    """

    right: str | None
    whose: Literal["", "tenant", "person"] = ""
    send: dict[str, Any] = field(default_factory=dict)
    path: str = ""


CHAT = {"json": {"model": "echo", "messages": [{"role": "user", "content": "Hello."}]}}
TEXTS = {"json": {"text": "Hello."}}
NO_FILES: dict[str, Any] = {"json": {"files": {}}}
QUESTION = {"json": {"roles": ["employee"], "object": "restore", "act": "use"}}
SAID = {"json": {"text": "Hello."}}
APPROVAL = {"json": {"policy": "sha256:none"}}
ROLLBACK = {"json": {"revision": 1}}  # it is the one in force
PROFILE = "/policies/changes/{change_id}/profiles/moderation/default"
REVEALS = "reveal ask|reveal grant"
REVEAL = {"record": "{index}", "reason": "complaint", "text": "They ask.", "minutes": 15}
GOOD = {"answer": "{request_id}.0", "rating": "1"}
TAKE = {"step": "take", "case": "{case_id}"}

NEEDS: dict[tuple[str, str], Need] = {
    ("GET", "/"): Need(None),
    ("GET", "/healthz"): Need(None),
    ("GET", "/readyz"): Need(None),
    ("GET", "/openapi.json"): Need(None),
    ("GET", "/static/{name}"): Need(None, path="/static/guard.css"),
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
    ("GET", "/policies/changes/{change_id}/rules"): Need("policy edit"),
    ("POST", "/policies/changes/{change_id}/rules"): Need("policy edit", send={"data": {}}),
    ("GET", "/policies/changes/{change_id}/profiles"): Need("policy edit"),
    ("GET", "/policies/changes/{change_id}/profiles/{kind}/{name}"): Need("policy edit", path=PROFILE),
    ("POST", "/policies/changes/{change_id}/profiles/{kind}/{name}"): Need(
        "policy edit", send={"data": {}}, path=PROFILE
    ),
    ("GET", "/policies/profiles"): Need("policy read"),
    ("GET", "/policies/profiles/{kind}/{name}"): Need("policy read", path="/policies/profiles/moderation/default"),
    ("GET", "/policies/try"): Need("policy read"),
    ("POST", "/policies/try"): Need("policy read", send={"data": {"text": "Hello.", "profile": "default"}}),
    ("GET", "/policies/scores.svg"): Need("policy read", path="/policies/scores.svg?category=toxicity"),
    # One's own: chats and account
    ("GET", "/chat"): Need(""),
    ("POST", "/chat"): Need("", send={"data": {"message": ""}}),
    # A page with what is wrong on it.
    ("POST", "/chat/preview"): Need("", send={"data": {"message": "Hello.", "model": "echo"}}),
    ("POST", "/chat/turn"): Need("generator/echo use", send={"data": {"message": "Hello.", "model": "echo"}}),
    ("GET", "/chat/{conversation}"): Need("", "person"),
    ("GET", "/chat/{conversation}/turn"): Need("", "person", path="/chat/{conversation}/turn?at={request_id}.0"),
    ("POST", "/chat/{conversation}/title"): Need("", "person", send={"data": {"title": "A title"}}),
    ("POST", "/chat/{conversation}/feedback"): Need("", "person", send={"data": GOOD}),
    ("GET", "/api/conversations"): Need(""),
    ("GET", "/api/conversations/{conversation}"): Need("", "person"),
    ("GET", "/api/conversations/{conversation}/messages"): Need(
        "", "person", path="/api/conversations/{conversation}/messages?request_id={request_id}&choice=0"
    ),
    ("PATCH", "/api/conversations/{conversation}"): Need("", "person", send={"json": {"title": "A title"}}),
    ("POST", "/api/conversations/feedback"): Need(
        "", "person", send={"json": {"request_id": "{request_id}", "rating": 1}}
    ),
    ("POST", "/api/conversations/preview"): Need(
        "generator/echo use", send={"json": {"text": "Hello.", "model": "echo"}}
    ),
    ("GET", "/account"): Need(""),
    ("POST", "/account/sessions"): Need("", send={"data": {}}),
    ("GET", "/account/password"): Need(""),
    ("POST", "/account/password"): Need("", send={"data": {"old": "x", "new": "y", "repeated": "z"}}),
    ("GET", "/account/second-factor"): Need(""),
    ("POST", "/account/second-factor"): Need("", send={"data": {"step": "none"}}),
    ("GET", "/login/again"): Need(""),
    # Reveals and queues
    ("GET", "/api/reveals"): Need(REVEALS),
    ("POST", "/api/reveals"): Need("reveal ask", "tenant", send={"json": REVEAL}),
    ("GET", "/api/reveals/{reveal_id}"): Need(REVEALS, "tenant"),
    ("POST", "/api/reveals/{reveal_id}/grant"): Need("reveal grant", "tenant", send={"json": {"text": ""}}),
    ("POST", "/api/reveals/{reveal_id}/refuse"): Need("reveal grant", "tenant", send={"json": {"text": ""}}),
    ("POST", "/api/reveals/{reveal_id}/show"): Need("reveal ask", "tenant"),
    ("GET", "/review/reveals"): Need(REVEALS),
    ("GET", "/review/reveals/new"): Need("reveal ask", path="/review/reveals/new?record={index}"),
    ("POST", "/review/reveals/new"): Need(
        "reveal ask", "tenant", path="/review/reveals/new?record={index}", send={"data": REVEAL}
    ),
    ("GET", "/review/reveals/{reveal_id}"): Need(REVEALS, "tenant"),
    ("POST", "/review/reveals/{reveal_id}"): Need(REVEALS, "tenant", send={"data": {"step": "none"}}),
    ("GET", "/review/queues"): Need("queue work"),
    ("GET", "/review/queues/{name}"): Need("queue work", path="/review/queues/withheld"),
    ("POST", "/review/queues/{name}"): Need("queue work", path="/review/queues/withheld"),
    ("POST", "/review/{index}"): Need("queue work", "tenant", send={"data": TAKE}),
    ("GET", "/review/live"): Need("audit read"),
    ("GET", "/review/live/records"): Need("audit read"),
    # The dashboard
    ("GET", "/api/dashboard"): Need("metrics read"),
    ("GET", "/dashboard"): Need("metrics read"),
    ("GET", "/dashboard/report"): Need("metrics read"),
    ("GET", "/dashboard/chart/{name}.svg"): Need("metrics read", path="/dashboard/chart/volume.svg"),
    ("GET", "/dashboard/table/{name}.csv"): Need("metrics read", path="/dashboard/table/volume.csv"),
    # Administration
    ("GET", "/api/users"): Need("user read"),
    ("POST", "/api/users"): Need("user edit", send={"json": {"name": "", "roles": []}}),
    ("GET", "/api/users/{user_id}"): Need("user read", "tenant"),
    ("POST", "/api/users/{user_id}/roles"): Need("user edit", "tenant", send={"json": {"roles": []}}),
    ("POST", "/api/users/{user_id}/disable"): Need("user edit", "tenant"),
    ("POST", "/api/users/{user_id}/enable"): Need("user edit", "tenant"),
    ("POST", "/api/users/{user_id}/password"): Need("user edit", "tenant"),
    ("POST", "/api/users/{user_id}/second-factor/remove"): Need("user edit", "tenant"),
    ("POST", "/api/users/{user_id}/sign-out"): Need("user edit", "tenant"),
    ("POST", "/api/users/{user_id}/unlock"): Need("user edit", "tenant"),
    ("GET", "/api/apikeys"): Need("apikey read"),
    ("POST", "/api/apikeys"): Need("apikey edit", send={"json": {"user": "{me}"}}),
    ("POST", "/api/apikeys/{key_id}/revoke"): Need("apikey edit", "tenant"),
    ("GET", "/api/generators"): Need("generator edit"),
    ("POST", "/api/generators/test"): Need("generator edit", send={"json": {"name": "echo"}}),
    ("GET", "/api/keys"): Need("key read"),
    ("GET", "/api/health"): Need("metrics read"),
    ("GET", "/admin"): Need("user read|apikey read|generator edit|key read|metrics read"),
    ("GET", "/admin/users"): Need("user read"),
    ("GET", "/admin/users/new"): Need("user edit"),
    ("POST", "/admin/users/new"): Need("user edit", send={"data": {"name": ""}}),
    ("GET", "/admin/users/{user_id}"): Need("user read", "tenant"),
    ("GET", "/admin/users/{user_id}/roles"): Need("user edit", "tenant"),
    ("POST", "/admin/users/{user_id}/roles"): Need("user edit", "tenant", send={"data": {}}),
    ("GET", "/admin/users/{user_id}/{act}"): Need("user edit", "tenant", path="/admin/users/{user_id}/sign-out"),
    ("POST", "/admin/users/{user_id}/{act}"): Need("user edit", "tenant", path="/admin/users/{user_id}/sign-out"),
    ("GET", "/admin/api-keys"): Need("apikey read"),
    ("GET", "/admin/api-keys/new"): Need("apikey edit"),
    ("POST", "/admin/api-keys/new"): Need("apikey edit", send={"data": {"user": "{me}", "expires": "never"}}),
    ("GET", "/admin/api-keys/{key_id}/revoke"): Need("apikey edit", "tenant"),
    ("POST", "/admin/api-keys/{key_id}/revoke"): Need("apikey edit", "tenant"),
    ("GET", "/admin/generators"): Need("generator edit"),
    ("POST", "/admin/generators"): Need("generator edit", send={"data": {"name": "echo"}}),
    ("GET", "/admin/keys"): Need("key read"),
    ("GET", "/admin/health"): Need("metrics read"),
    # The last that is tried: it ends the reveal.
    ("POST", "/api/reveals/{reveal_id}/withdraw"): Need(REVEALS, "tenant"),
}

UNTRIED = {
    ("POST", "/login"),  # begins a session; tests/unit/authenticate
    ("GET", "/login/code"),  # the second step of it
    ("POST", "/login/code"),
    ("POST", "/login/again"),  # asks for the password; tests/unit/web/test_step_up.py
    ("GET", "/login/oidc"),  # leads to the provider; tests/functional/test_oidc.py
    ("GET", "/login/oidc/callback"),
    ("GET", "/account/second-factor/code.svg"),  # is there only while one sets it up; tests/unit/web/test_account.py
    ("GET", "/admin/{rest:path}"),  # says that there is no such page
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
