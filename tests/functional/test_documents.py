"""The examples in the documents run."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.functional.server import Server

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/quickstart.md"]
EXAMPLES = [
    (page, code) for page in PAGES for code in re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.S)
]


@pytest.mark.parametrize(("page", "code"), EXAMPLES, ids=[page for page, _ in EXAMPLES])
def test_an_example_in_python_runs(server: Server, employee: str, page: str, code: str) -> None:
    mine = code.replace("http://127.0.0.1:8080", server.url).replace("gk_…", employee).replace('"local"', '"echo"')
    done = subprocess.run([sys.executable, "-c", mine], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_curl_example_is_a_request(server: Server, employee: str) -> None:
    (body,) = re.findall(r"-d '(\{.*?\})'", (ROOT / "README.md").read_text())
    response = server.post(body.replace('"local"', '"echo"').encode(), employee)
    assert response.status_code == 200
    assert "Ada Lovelace" in response.json()["choices"][0]["message"]["content"]


def test_the_example_settings_are_settings(install: Server, tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/quickstart.md").read_text(), re.S)
    assert len(tomllib.loads(text)["generators"]) == 4
    (tmp_path / "guard.toml").write_text(text)
    del install.env["GUARD_GENERATORS"]
    code = "from guard.config import load; print([g.name for g in load().generators])"
    install.env["GUARD_CONFIG"] = str(tmp_path / "guard.toml")
    done = subprocess.run([sys.executable, "-c", code], env=install.env, capture_output=True, text=True, check=False)
    assert "tutor" in done.stdout, done.stderr


def test_the_policy_how_to_runs(install: Server, tmp_path: Path) -> None:
    (block,) = re.findall(r"```bash\n(.*?)```", (ROOT / "docs/howto/policy.md").read_text(), re.S)
    install.init()
    key = install.user("bob", "admin")
    # What is proposed is read from the rules that Guard ships, and the employee of the example exists.
    install.user("emma", "employee")
    change = ""
    for line in block.splitlines():
        command = line.split("  #")[0].strip().replace("chg_…", change).replace("gk_…", key)
        command = re.sub(r"(^| )guard ", rf"\1{sys.executable} -m guard.cli ", command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=install.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        # The last explanation is of a denied right, which is exit code 1.
        assert done.returncode == (1 if " explain " in command else 0), f"{line}: {done.stdout} {done.stderr}"
        change = next(iter(re.findall(r"chg_[0-9a-f]+", done.stdout)), change)
    assert "Revision 3 is in force" in done.stdout


def test_the_cleaning_how_to_runs(install: Server, tmp_path: Path) -> None:
    (block,) = re.findall(r"```bash\n(.*?)```", (ROOT / "docs/howto/clean-a-data-set.md").read_text(), re.S)
    folder = tmp_path / "here"
    folder.mkdir()
    script = block.replace("guard scan", f"{sys.executable} -m guard.cli scan")
    done = subprocess.run(
        ["bash", "-ec", script], cwd=folder, env=install.env, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "messages[].content" in done.stdout
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert "Holloway" not in (folder / "clean" / "people.csv").read_text()
    assert re.search(
        r"I am <PERSON_\w{10}>, write to <EMAIL_ADDRESS_\w{10}>", (folder / "clean/chats.jsonl").read_text()
    )
