"""Over HTTP: policies are proposed, reviewed by another person, activated, and obeyed by the next chat."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import postgres
from tests.functional.conftest import GENERATORS
from tests.functional.server import Server
from tests.functional.test_workers import until

DENY = "p, employee, *, generator/tool, use, deny\n"


class Admin:
    """Somebody with a key before `/api/policies`."""

    def __init__(self, server: Server, key: str) -> None:
        self._url = server.url
        self._headers = {"authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str = "", status: int = 200, **body: Any) -> Any:
        sent = {"json": body} if method != "GET" else {}
        answer = httpx.request(
            method, f"{self._url}/api/policies{path}", headers=self._headers, timeout=60, trust_env=False, **sent
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["x-guard-policy"].startswith("sha256:")
        return answer.json()

    def rules(self) -> str:
        number = self.ask("GET")["revision"]
        return str(self.ask("GET", f"/revisions/{number}")["files"]["rules.csv"])

    def proposed(self, *rows: str, title: str = "a change") -> dict[str, Any]:
        """A change set with more rules, handed in."""
        change = self.ask("POST", "/changes", 201, title=title, files={"rules.csv": self.rules() + "".join(rows)})
        made: dict[str, Any] = self.ask("POST", f"/changes/{change['change']}/submit")
        return made


@pytest.fixture
def fresh(install: Server) -> Server:
    install.init()
    install.start()
    return install


def test_on_a_fresh_installation_the_single_admin_rule_applies(fresh: Server) -> None:
    root = Admin(fresh, fresh.admin["api_key"])
    emma = fresh.user("emma", "employee")
    before = fresh.chat("Hello.", emma, model="tool")
    assert before.status_code == 200
    overview = root.ask("GET")
    assert (overview["revision"], overview["single_admin"], overview["converged"]) == (1, True, True)
    change = root.proposed(DENY)
    assert change["evidence"]["diff_counts"]["losses"] == 1  # emma
    path = f"/changes/{change['change']}"
    approved = root.ask("POST", f"{path}/approve", policy=change["policy"])
    assert approved["reviews"][-1]["single_admin"] is True
    assert root.ask("POST", f"{path}/activate")["status"] == "active"
    after = fresh.chat("Hello.", emma, model="tool")
    assert (after.status_code, after.json()["error"]["code"]) == (403, "permission_denied")
    assert after.headers["x-guard-policy"] == change["policy"] != before.headers["x-guard-policy"]
    record = fresh.json("audit", "search", "--event", "policy.approved")[0]
    shown = fresh.json("audit", "show", str(record["index"]))
    assert (shown[0]["single_admin"], shown[0]["policy"]) == (1, change["policy"])

    # With a second person it is over.
    bob = Admin(fresh, fresh.user("bob", "admin"))
    undo = root.ask("POST", "/changes", 201, title="undo", files={"rules.csv": root.rules().replace(DENY, "")})
    path = f"/changes/{undo['change']}"
    root.ask("POST", f"{path}/submit")
    refused = root.ask("POST", f"{path}/approve", 403, policy=undo["policy"])
    assert refused["error"]["code"] == "own_change"
    assert fresh.chat("Hello.", emma, model="tool").status_code == 403
    root.ask("POST", f"{path}/activate", 409)
    bob.ask("POST", f"{path}/approve", policy=undo["policy"], text="agreed")
    bob.ask("POST", f"{path}/activate")
    again = fresh.chat("Hello.", emma, model="tool")
    assert (again.status_code, again.headers["x-guard-policy"]) == (200, undo["policy"])

    # And back in one step.
    back = bob.ask("POST", "/rollback")
    assert (back["revision"], back["restores"], back["policy"]) == (4, 2, change["policy"])
    assert fresh.chat("Hello.", emma, model="tool").status_code == 403
    assert [each["revision"] for each in root.ask("GET", "/revisions")["revisions"]] == [4, 3, 2, 1]
    assert fresh.json("audit", "verify")["ok"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running installation with two admins, an auditor and an employee."""
    compared = {"GUARD_POLICY__COMPARE_WITH_CASBIN": "1.0"}
    running = Server(tmp_path_factory.mktemp("policies"), GENERATORS, **compared).init()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def people(house: Server) -> dict[str, Admin]:
    keys = {
        name: house.user(name, role) for name, role in (("bob", "admin"), ("otto", "auditor"), ("emma", "employee"))
    }
    return {"root": Admin(house, house.admin["api_key"])} | {name: Admin(house, key) for name, key in keys.items()}


def test_an_editor_gets_every_error_with_its_place(people: dict[str, Admin]) -> None:
    broken = {"rules.csv": "p, Employee, *, restore, use, allow\np, a\n", "roles.toml": 'employee = ""\n'}
    found = people["root"].ask("POST", "/check", files=broken)
    assert found["report"] is None
    places = [(each["file"], each["line"], each["column"]) for each in found["problems"]]
    assert places == [("roles.toml", 1, 12), ("rules.csv", 1, 4), ("rules.csv", 2, 5)]
    rules = people["root"].rules()
    failing = people["root"].ask("POST", "/check", files={"rules.csv": rules + "p, auditor, *, restore, use, allow\n"})
    assert failing["problems"] == []
    assert failing["report"]["passed"] is False
    assert failing["report"]["tests"]["failed"][0]["place"].startswith("tests/roles.toml:")
    assert people["root"].ask("GET")["changes"] == []  # Nothing was kept.


def test_a_failing_table_is_said_and_can_be_mended(people: dict[str, Admin]) -> None:
    root = people["root"]
    rules = root.rules()
    more = {"rules.csv": rules + "p, auditor, *, restore, use, allow\n"}
    change = root.ask("POST", "/changes", 201, title="too much", files=more)
    path = f"/changes/{change['change']}"
    refused = root.ask("POST", f"{path}/submit", 400)
    assert refused["error"]["code"] == "policy_checks_failed"
    assert "tests/roles.toml" in refused["error"]["message"]
    root.ask("PUT", path, files={"rules.csv": rules + "# nothing\n"})
    assert root.ask("POST", f"{path}/submit")["status"] == "review"
    report = root.ask("GET", f"{path}/report?replay=true")
    assert report["passed"] is True
    assert report["diff"]["people"]["gains"] == 0
    assert report["replay"]["requests"] >= 0
    shown = root.ask("GET", path)
    assert shown["files"]["rules.csv"] != shown["base_files"]["rules.csv"]
    people["otto"].ask("POST", f"{path}/comments", text="Why?")
    assert people["bob"].ask("POST", f"{path}/reject", text="No need.")["status"] == "rejected"
    assert root.ask("POST", f"{path}/withdraw")["status"] == "withdrawn"


def test_may_somebody_do_something(people: dict[str, Admin]) -> None:
    asked = {"roles": ["auditor"], "object": "transcript"}
    allowed = people["otto"].ask("POST", "/explain", act="read", **asked)
    assert (allowed["allowed"], allowed["path"]) == (True, ["auditor"])
    denied = people["otto"].ask("POST", "/explain", act="erase", **asked)
    assert denied["rule"] == "default deny"
    assert {"differs": "role", "needs": "privacy_officer"}.items() <= denied["misses"][0].items()


def test_rights_are_asked_for(people: dict[str, Admin]) -> None:
    path = people["root"].proposed("# more\n")["change"]
    for name, method, where, body in (
        ("emma", "GET", "", {}),
        ("emma", "GET", "/revisions", {}),
        ("emma", "POST", "/check", {"files": {}}),
        ("otto", "POST", "/changes", {"title": "x", "files": {}}),
        ("otto", "POST", f"/changes/{path}/approve", {"policy": "x"}),
        ("otto", "POST", "/rollback", {}),
    ):
        assert people[name].ask(method, where, 403, **body)["error"]["code"] == "permission_denied"
    people["otto"].ask("GET", f"/changes/{path}")
    people["root"].ask("POST", f"/changes/{path}/withdraw")


def test_what_is_wrong_is_said_and_nothing_is_echoed(house: Server, people: dict[str, Admin]) -> None:
    root = people["root"]
    for where, body in (
        ("/changes", {"title": "x"}),
        ("/changes", {"title": "x", "files": {"CANARY.toml": "x"}}),
        ("/changes", {"title": "x", "files": {"rules.csv": 7}}),
        ("/changes", {"title": "x", "files": {}, "CANARY": 1}),
        ("/changes", {"title": "", "files": {}}),
        ("/explain", {"roles": "CANARY", "object": "x", "act": "y"}),
    ):
        error = root.ask("POST", where, 400, **body)["error"]
        assert error["message"]
        assert where != "/changes" or "CANARY" not in json.dumps(error) or "CANARY.toml" in error["message"]
    for method, where in (("GET", "/changes/chg_none"), ("GET", "/revisions/99"), ("POST", "/changes/chg_none/submit")):
        root.ask(method, where, 404)
    for where in ("/revisions/99999999999999999999", "/revisions/2147483648", "/changes/%00", "/changes/chg_%00"):
        root.ask("GET", where, 404)
    root.ask("POST", "/rollback", 400, revision=2**70)
    root.ask("POST", "/changes/chg_none/activate", 400, at=2**63)
    long_name = root.ask("POST", "/changes", 400, title="x", files={"CANARY" * 10_000: "x"})["error"]["message"]
    assert len(long_name) < 200
    document = httpx.get(f"{house.url}/openapi.json", trust_env=False).json()
    assert "requestBody" in document["paths"]["/api/policies/changes"]["post"]
    answer = httpx.get(f"{house.url}/api/policies", trust_env=False)
    assert answer.status_code == 401


def test_every_answer_names_the_policy(house: Server, people: dict[str, Admin]) -> None:
    in_force = people["root"].ask("GET")["policy"]
    for path in ("/healthz", "/readyz", "/v1/models", "/login", "/nowhere", "/openapi.json"):
        assert httpx.get(house.url + path, trust_env=False).headers["x-guard-policy"] == in_force


def test_pycasbin_agreed_with_every_decision_so_far(house: Server) -> None:
    assert house.chat("Hello.").status_code == 200
    assert house.json("audit", "search", "--event", "policy.mismatch") == []


def test_a_broken_policy_in_the_database_is_not_taken_up_and_the_process_is_not_ready(fresh: Server) -> None:
    emma = fresh.user("emma", "employee")
    before = fresh.chat("Hello.", emma).headers["x-guard-policy"]
    with closing(sqlite3.connect(fresh.data / "guard.db")) as database:
        database.execute("UPDATE policy_revisions SET active = 0")
        database.execute(
            "INSERT INTO policy_revisions (id, hash, bundle, author, created, active) VALUES (2, ?, ?, 'eve', 0, 1)",
            ("sha256:" + "0" * 64, b'{"files":{},"format":1}'),
        )
        database.commit()

    def parts() -> dict[str, bool]:
        return dict(httpx.get(f"{fresh.url}/readyz", trust_env=False).json()["parts"])

    assert until(lambda: not parts()["policy"], 20)
    assert httpx.get(f"{fresh.url}/readyz", trust_env=False).status_code == 503
    answer = fresh.chat("Hello.", emma)
    assert (answer.status_code, answer.headers["x-guard-policy"]) == (200, before)
    assert until(lambda: any('"reason_id": "tampered"' in line for line in fresh.output), 10)


@pytest.fixture(params=["sqlite", "postgresql"])
def three(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """An installation that serves with three processes, not made yet; on PostgreSQL where a server answers."""
    settings = {"GUARD_SERVER__WORKERS": "3"}
    if request.param == "sqlite":
        yield Server(tmp_path, GENERATORS, **settings)
        return
    with postgres.fresh() as url:
        yield Server(tmp_path, GENERATORS, GUARD_STORAGE__URL=url, **settings)


def test_activation_reaches_every_worker(three: Server) -> None:
    server = three.init()
    emma = server.user("emma", "employee")
    server.start()
    try:
        root = Admin(server, server.admin["api_key"])
        assert until(lambda: len(root.ask("GET")["workers"]) == 3)
        change = root.proposed(DENY)
        path = f"/changes/{change['change']}"
        root.ask("POST", f"{path}/approve", policy=change["policy"])
        root.ask("POST", f"{path}/activate")
        assert until(lambda: bool(root.ask("GET")["converged"]), 20)
        answers = [server.chat("Hello.", emma, model="tool") for _ in range(30)]
        assert {(each.status_code, each.headers["x-guard-policy"]) for each in answers} == {(403, change["policy"])}
        workers = root.ask("GET")["workers"]
        assert {each["policy"] for each in workers} == {change["policy"]}
        assert len({each["pid"] for each in workers}) == 3
        history = server.json("policy", "history")
        assert [each["current"] for each in history["workers"]] == [True] * 3
    finally:
        server.stop()
    assert server.json("policy", "history")["workers"] == []  # They have signed off.
