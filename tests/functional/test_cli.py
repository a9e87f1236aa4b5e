"""The command line, as a person or a script uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from guard.policy import shipped
from tests.functional.server import Server

LINES = [
    {"id": "a", "text": "Write to ada@lovelace.example today.", "language": "en"},
    {"text": "Nothing personal here. \U0001f642"},
    {"id": 3, "text": ""},
]


def piped(server: Server, *args: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guard.cli", *args],
        input=text,
        env=server.env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_redact_in_a_pipe(install: Server) -> None:
    done = piped(install, "redact", text="My name is Margaret Holloway,\r\ncall +1 415 555 0132.\n")
    assert done.returncode == 0, done.stderr
    assert "Holloway" not in done.stdout
    assert "0132" not in done.stdout
    assert done.stdout.startswith("My name is <PERSON_")


def test_redact_json_lines(install: Server) -> None:
    done = piped(install, "redact", "--jsonl", text="\n".join(json.dumps(line) for line in LINES) + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    (span,) = first["spans"]
    assert LINES[0]["text"][span["start"] : span["end"]] == "ada@lovelace.example"  # type: ignore[index]
    assert span["entity_type"] == "EMAIL_ADDRESS"
    assert first["text"] == f"Write to {span['replacement']} today."
    assert first["id"] == "a"
    assert second == {"text": LINES[1]["text"], "spans": []}
    assert third == {"id": 3, "text": "", "spans": []}


def test_moderate_json_lines(install: Server) -> None:
    texts = ["You are a stupid worthless idiot and everybody hates you.", "The parcel leaves on Monday."]
    done = piped(install, "moderate", "--jsonl", text="\n".join(json.dumps({"text": text}) for text in texts))
    assert done.returncode == 0, done.stderr
    bad, good = (json.loads(line) for line in done.stdout.splitlines())
    assert bad["action"] == "withhold"
    assert "toxicity" in bad["flagged"]
    assert good["action"] == "allow"
    assert set(good["scores"]) >= {"toxicity", "bias"}


def test_wrong_lines_are_named(install: Server) -> None:
    for text in ("not json canary\n", '{"no": "text canary"}\n', '["canary"]\n'):
        done = piped(install, "redact", "--jsonl", text=text)
        assert done.returncode == 2
        assert "Line 1" in done.stderr
        assert "canary" not in done.stderr


def test_a_profile_that_there_is_not(install: Server) -> None:
    assert piped(install, "redact", "--profile", "nothing", text="x").returncode == 2


def test_a_conversation_is_erased_by_a_privacy_officer_only(install: Server) -> None:
    install.init().start()
    officer, employee = install.user("olga", "privacy_officer"), install.user("emma", "employee")
    conversation = install.chat("I am Margaret Holloway.", employee).headers["x-guard-conversation"]
    assert install.cli("transcript", "erase", conversation, check=False).returncode == 2
    refused = install.cli("transcript", "erase", conversation, check=False, GUARD_API_KEY=employee)
    assert refused.returncode == 2
    assert "permission_denied" in refused.stderr
    assert install.json("transcript", "erase", conversation, GUARD_API_KEY=officer)["erased"]
    assert install.cli("transcript", "show", conversation, check=False).returncode == 2
    assert (
        install.post(
            {"model": "echo", "messages": [{"role": "user", "content": "x"}]},
            employee,
            **{"x-guard-conversation": conversation},
        ).status_code
        == 404
    )
    events = [row["event"] for row in install.json("audit", "search", "--conversation", conversation)]
    assert events[0] == "transcript.read" or "transcript.erased" in events
    assert install.json("audit", "verify")["ok"]


def test_tampering_is_an_exit_code(install: Server) -> None:
    import sqlite3
    from contextlib import closing

    install.init()
    with closing(sqlite3.connect(install.data / "guard.db")) as connection:
        connection.execute('DELETE FROM audit_records WHERE "index" = 1')
        connection.commit()
    done = install.cli("audit", "verify", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0] == "Record 1 was removed."


def test_the_policy_goes_out_as_files_and_comes_back(install: Server, tmp_path: Path) -> None:
    install.init()
    exported = install.json("policy", "export")
    assert exported["revision"] == 1
    folder = tmp_path / "exported"
    assert exported["hash"] in install.cli("policy", "export", "--to", str(folder), "--revision", "1").stdout
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    schemas = {name for name in files if name.startswith("schemas/")}
    assert {name: text for name, text in files.items() if name not in schemas} == exported["files"]
    assert "schemas/roles.schema.json" in schemas
    assert install.json("policy", "test", "--dir", str(folder))["policy"] == exported["hash"]
    for wrong in (("--to", str(folder)), (), ("--json", "--revision", "2")):
        done = install.cli("policy", "export", *wrong, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_schemas_of_the_policy_files(install: Server, tmp_path: Path) -> None:
    roles = json.loads(install.cli("policy", "schema", "roles").stdout)
    assert json.loads(install.cli("policy", "schema").stdout)["roles"] == roles
    written = install.cli("policy", "schema", "--to", str(tmp_path / "schemas")).stdout.split()
    assert json.loads(Path(written[0]).read_text()) == roles
    assert install.cli("policy", "schema", "nothing", check=False).returncode == 2


def test_the_policy_can_be_asked(install: Server) -> None:
    install.init()
    assert install.json("policy", "explain", "generator/local", "use", "--role", "employee")["allowed"]
    denied = install.cli("policy", "explain", "transcript", "read", "--role", "admin", "--json", check=False)
    assert denied.returncode == 1
    assert json.loads(denied.stdout)["rule"] == "default deny"
    assert install.json("policy", "test")["failed"] == []
    # The policy that ships answers where nothing was installed, never for an installation that cannot be opened.
    for command in (("explain", "generator/local", "use", "--role", "employee"), ("test",), ("lint",), ("diff", "1")):
        done = install.cli("policy", *command, check=False, GUARD_KEYS__PROVIDER="elsewhere")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    # A fresh installation has its first admin, who holds several roles, and nobody else, and no records that say which
    # rules are of no use.
    findings = install.json("policy", "lint")
    assert {each["code"] for each in findings} == {"role-nobody-has", "separation-person"}
    nobodys = [each["message"].split()[5] for each in findings if each["code"] == "role-nobody-has"]
    assert nobodys == ["employee,", "service,"]


def test_two_policies_are_compared_before_one_is_in_force(install: Server, tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    shutil.copytree(shipped.folder(), folder)
    rules = (folder / "rules.csv").read_text()
    (folder / "rules.csv").write_text(rules.replace("p, employee, *, generator/*, use, allow\n", ""))
    # Before there is an installation: roles alone, against the policy that ships.
    found = install.json("policy", "diff", str(folder))
    assert (found["people"]["touched"], found["roles"]["touched"]) == (0, 1)
    install.init()
    install.user("emma", "employee")
    install.user("eve", "employee")
    install.json("user", "disable", "eve")
    found = install.json("policy", "diff", "--dir", str(folder))
    lost = {(row["object"], row["change"], row["people"]["count"]) for row in found["rows"]}
    assert {("generator/echo", "loss", 1), ("generator/any", "loss", 1)} <= lost
    assert found["people"]["touched"] == 1
    assert [each["path"] for each in found["files"]] == ["rules.csv"]
    assert install.json("policy", "diff", "1", str(folder))["hash"] == found["hash"]
    assert install.json("policy", "diff", str(folder), "1")["people"]["gains"] == found["people"]["losses"]
    shown = install.cli("policy", "diff", str(folder)).stdout
    assert shown.index("rights of people") < shown.index("emma") < shown.index("rights of roles")
    for wrong in ((), ("7", "1"), (str(tmp_path / "nowhere"),), ("1", "1", "--dir", str(folder))):
        assert install.cli("policy", "diff", *wrong, check=False).returncode == 2


def test_an_edit_that_locks_everybody_out_is_an_error(install: Server, tmp_path: Path) -> None:
    install.init()
    folder = tmp_path / "policy"
    shutil.copytree(shipped.folder(), folder)
    rules = (folder / "rules.csv").read_text()
    (folder / "rules.csv").write_text(rules.replace("policy, edit, allow", "policy, edit, deny"))
    done = install.cli("policy", "lint", "--dir", str(folder), "--json", check=False)
    assert done.returncode == 1
    assert "lock-out" in {each["code"] for each in json.loads(done.stdout)}


def test_users_and_keys(install: Server) -> None:
    install.init()
    install.user("emma", "employee")
    assert install.cli("user", "add", "emma", "--role", "employee", check=False).returncode == 2
    assert install.cli("user", "add", "eve", "--role", "emperor", check=False).returncode == 2
    assert [user["name"] for user in install.json("user", "list")] == ["admin", "emma"]
    keys = install.json("apikey", "list")
    assert "api_key" not in keys[0]
    install.json("user", "disable", "emma")
    assert install.json("user", "list")[1]["disabled"] is not None


def test_doctor_says_what_is_wrong(install: Server) -> None:
    install.init()
    done = install.cli("doctor", "--json", check=False)
    found = {each["check"]: each for each in json.loads(done.stdout)}
    assert found["installation"]["status"] == "ok"
    assert found["keys apart from data"]["status"] == "ok"
    assert found["generator echo"]["status"] == "ok"


def test_the_terminal_chat(install: Server) -> None:
    install.init().start()
    key = install.user("emma", "employee")
    done = install.cli("chat", "I am Margaret Holloway.", "--url", install.url, "--model", "echo", GUARD_API_KEY=key)
    assert done.stdout == "I am Margaret Holloway.\n"
    assert install.cli("chat", "x", "--url", install.url, check=False).returncode == 2


def test_a_draft_is_replayed_on_what_was_recorded(install: Server, tmp_path: Path) -> None:
    import shutil

    install.init().start()
    employee, service = install.user("emma", "employee"), install.user("app", "service")
    for key in (employee, service, employee):
        assert install.chat("I am Margaret Holloway.", key).status_code == 200
    same = install.json("policy", "replay")
    assert (same["requests"], same["changed"], same["samples"]) == (3, 0, [])
    draft = tmp_path / "draft"
    shutil.copytree(Path(__file__).parents[2] / "policies", draft)
    with (draft / "rules.csv").open("a") as rules:
        rules.write("p, service, *, generator/echo, use, deny\n")
    (draft / "redaction" / "default.toml").write_text('clear = ["names"]\n')
    answer = install.json("policy", "replay", "--dir", str(draft))
    assert {name: each["count"] for name, each in answer["changes"].items() if each["count"]} == {
        "newly_refused": 1,
        "more_cleared": 2,
    }
    assert answer["changes"]["newly_refused"]["by_rule"] == {"p, service, *, generator/echo, use, deny": 1}
    refused = next(each for each in answer["samples"] if each["change"] == "newly_refused")
    (record,) = install.json("audit", "show", str(refused["record"]))
    assert record["request_id"] == refused["request_id"]
    assert (install.json("policy", "replay", "--revision", "1")["policy"], same["changed"]) == (same["policy"], 0)
    last = install.json("audit", "search", "--event", "policy.replayed")[1]
    (recorded,) = install.json("audit", "show", str(last["index"]))
    assert (recorded["policy"], recorded["replay"]) == (answer["policy"], answer["hash"])
    assert recorded["changes"]["more_cleared"] == 2
    assert recorded["window"]["last_record"] == answer["window"]["last_record"]
    said = install.cli("policy", "replay", "--dir", str(draft)).stdout
    assert "3 requests replayed, 3 would have gone differently." in said
    assert answer["policy"] in said
    assert install.cli("policy", "replay", "--revision", "9", check=False).returncode == 2
    assert install.cli("policy", "replay", "--revision", "1", "--dir", str(draft), check=False).returncode == 2
    assert install.json("policy", "replay", "--since", "2100-01-01")["requests"] == 0
    assert install.json("audit", "verify")["ok"]
