"""`guard scan` as a person runs it: real detectors, several processes, a kill in the middle."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.functional.server import Server
from tests.functional.test_canaries import CARD, MAIL, NAME, search, search_files

CODE = re.compile(r"<([A-Z_]+)_[0-9A-HJKMNP-TV-Z]{10}>")
FREE_OF_DATA = b"The parcel leaves soon.\r\nNothing else.\r\n"
STATE = ".guard-scan"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text(f"My name is {NAME}, write to {MAIL}.\n")
    chat = {"messages": [{"role": "user", "content": f"I am {NAME}"}, {"role": "assistant", "content": "Hello."}]}
    (folder / "chat.jsonl").write_text(json.dumps(chat) + "\n" + f"broken {MAIL}\n")
    (folder / "people.csv").write_bytes(f'name;email;card\r\n"{NAME}";{MAIL};{CARD}\r\n'.encode())
    (folder / "sub" / "clean.md").write_bytes(FREE_OF_DATA)
    (folder / "picture.txt").write_bytes(b"\x89PNG\0")
    return folder


def test_a_copy_by_two_processes_with_both_reports(install: Server, data: Path, tmp_path: Path) -> None:
    install.init()
    out, page = tmp_path / "out", tmp_path / "report.html"
    done = install.cli(
        "scan", str(data), "--out", str(out), "--processes", "2", "--report", str(page), "--json", "--fail-on-findings",
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert {"files": 4, "records": 6, "broken_records": 1}.items() <= result.items()
    assert result["findings"]["EMAIL_ADDRESS"] == 3
    assert result["skipped"] == [{"path": str(data / "picture.txt"), "reason": "binary"}]
    columns = {each["column"]: each for each in result["columns"]}
    assert columns["messages[].content"]["findings"] == {"PERSON": 1}
    assert columns["email"]["share"] == 1.0
    assert (out / "sub" / "clean.md").read_bytes() == FREE_OF_DATA
    texts = [(out / name).read_text() for name in ("a.txt", "chat.jsonl", "people.csv")]
    assert len({match[0] for text in texts for match in CODE.finditer(text) if match[1] == "PERSON"}) == 1
    assert (out / "people.csv").read_bytes().startswith(b'name;email;card\r\n"<PERSON_')
    # The canaries are nowhere but in what was scanned.
    assert search_files(out, install.data) + search(page.read_bytes(), "the page") == []
    assert search("".join(install.output).encode(), "the output") == []
    assert "<script" not in page.read_text()
    (row,) = install.json("audit", "search", "--event", "data.scanned")
    record = install.cli("audit", "show", str(row["index"]), "--json").stdout
    assert '"findings"' in record
    assert str(tmp_path) not in record


def test_a_scan_that_was_killed_goes_on(install: Server, tmp_path: Path) -> None:
    data, out = tmp_path / "set", tmp_path / "out"
    data.mkdir()
    text = f"My name is {NAME}, and this is about the weather of the week.\n\n" * 250
    for number in range(10):
        (data / f"{number:02}.txt").write_text(text)
    command = [sys.executable, "-m", "guard.cli", "scan", str(data), "--out", str(out), "--processes", "2"]
    journal = out / STATE / "journal.jsonl"
    with subprocess.Popen(command, env=install.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 90
        while not (journal.exists() and journal.read_bytes().count(b"\n") >= 2):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        helpers = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    _, alive = psutil.wait_procs(helpers, timeout=20)
    assert alive == []
    before = {path.name: path.read_bytes() for path in out.glob("*.txt")}
    assert 2 <= len(before) < 10
    assert install.cli("scan", str(data), "--out", str(out), check=False).returncode == 2
    result = install.json("scan", str(data), "--out", str(out), "--resume", "--processes", "2")
    assert 2 <= result["kept"] <= len(before)
    assert result["files"] == 10
    after = {path.name: path.read_bytes() for path in out.glob("*.txt")}
    assert before.items() <= after.items()
    assert len(set(after.values())) == 1
    assert search_files(out) == []
    assert not (out / STATE / "key").exists()


@pytest.mark.parametrize(
    "wrong",
    [["nowhere"], ["set", "--out", "set/out"], ["set", "--resume"], ["set", "--profile", "none"],
     ["set", "--report", "no/such/folder.html"]],
    ids=["no path", "copy inside", "resume without a copy", "profile", "report"],
)  # fmt: skip
def test_wrong_use_is_one_line(install: Server, data: Path, wrong: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "guard.cli", "scan", *wrong],
        cwd=data.parent, env=install.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (data / "out").exists()
