"""A whole scan: the copy, what it remembers, and going on with it."""

from __future__ import annotations

import errno
import json
import re
import stat
from pathlib import Path

import pytest

from guard.cleaning.finding import find
from guard.cleaning.run import Run
from guard.cleaning.state import FOLDER, State
from guard.errors import ConflictError, StorageError
from tests.unit.cleaning.scanning import ADA, MAIL, Here, cleaner, opened, scan

CODE = re.compile(r"<[A-Z_]+_[0-9A-Z]{10}>")
FILES = {
    "a.txt": f"\ufeffI am {ADA}.\r\n".encode(),
    "b.csv": f"name,mail\n{ADA},{MAIL}\n".encode(),
    "c/d.jsonl": b'{"a": "nothing"}\n',
    "c/e.json": json.dumps({"who": ADA}).encode("utf-16"),
    "empty.md": b"",
    "f.txt": f"caf\u00e9 {ADA} \u00e9".encode("latin-1"),
    "z.bin": b"\0",
    "z.txt": b"\0",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    return tmp_path / "in"


def copied(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file() and FOLDER not in path.parts)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def everything(out: Path) -> bytes:
    return b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())


def test_a_copy_has_all_files_and_none_of_the_values(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = scan(data, out)
    copies = copied(out)
    assert set(copies) == {"a.txt", "b.csv", "c/d.jsonl", "c/e.json", "empty.md", "f.txt"}
    assert copies["c/d.jsonl"] == FILES["c/d.jsonl"]
    (code,) = CODE.findall(copies["a.txt"].decode())
    assert copies["a.txt"] == FILES["a.txt"].replace(ADA.encode(), code.encode())
    assert copies["f.txt"] == FILES["f.txt"].replace(ADA.encode(), code.encode())
    assert copies["c/e.json"].decode("utf-16") == json.dumps({"who": code})
    assert copies["b.csv"].startswith(f"name,mail\n{code},<EMAIL_ADDRESS_".encode())
    assert {each.reason for each in result.skipped} == {"binary", "format"}
    assert (result.files, result.counts.records, result.counts.found_records) == (6, 5, 4)
    for value in (ADA, MAIL, "Lovelace"):
        assert value.encode() not in everything(out)
        assert value not in json.dumps(result.as_json())
    assert not (out / FOLDER / "key").exists()
    assert sorted(path.name for path in (out / FOLDER).iterdir()) == ["journal.jsonl", "lock"]


def test_without_a_copy_nothing_is_written(data: Path) -> None:
    before = sorted(data.rglob("*"))
    result = scan(data)
    assert result.counts.found == {"PERSON": 4, "EMAIL_ADDRESS": 1}
    assert sorted(data.rglob("*")) == before


def test_two_scans_have_codes_of_their_own(data: Path, tmp_path: Path) -> None:
    scan(data, tmp_path / "one")
    scan(data, tmp_path / "two")
    assert copied(tmp_path / "one")["a.txt"] != copied(tmp_path / "two")["a.txt"]


def test_an_existing_copy_is_refused_and_so_is_a_folder_of_somebody(data: Path, tmp_path: Path) -> None:
    scan(data, tmp_path / "out")
    with pytest.raises(ConflictError, match="--resume"):
        scan(data, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    with pytest.raises(ConflictError):
        scan(data, tmp_path / "mine", resume=True)


class Breaks(Here):
    """Fails at its fourth task."""

    waiting = 1

    def clean(self, task):  # type: ignore[no-untyped-def]
        if self.tasks == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().clean(task)


def broken_off(data: Path, out: Path) -> None:
    state = opened(out)
    here = Breaks(cleaner(key=state.key))
    with pytest.raises(Exception, match="No space"):
        Run(here, state)(find([data], out)[0])
    here._runner.close()
    state.close(forget_key=False)


def test_a_scan_that_broke_off_goes_on_with_the_same_key(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broken_off(data, out)
    done = copied(out)
    assert {"a.txt"} <= set(done) < set(FILES)
    key = out / FOLDER / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    # A line that was being written when the power went.
    with (out / FOLDER / "journal.jsonl").open("a") as journal:
        journal.write('{"name": "b.csv", "si')
    result = scan(data, out, resume=True)
    assert (result.kept, result.files) == (len(done), 6)
    assert result.counts.found == {"PERSON": 4, "EMAIL_ADDRESS": 1}
    copies = copied(out)
    assert copies["a.txt"] == done["a.txt"]
    assert (
        len({code for each in copies.values() for code in CODE.findall(each.decode("latin-1")) if "PERSON" in code})
        == 1
    )
    assert not key.exists()
    assert scan(data, out, resume=True).kept == 6


def test_what_changed_is_done_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan(data, out, keep_key=True)
    (data / "a.txt").write_text(f"Now {MAIL}.")
    (out / "b.csv").unlink()
    result = scan(data, out, resume=True, keep_key=True)
    assert result.kept == 4
    mails = {code for each in copied(out).values() for code in CODE.findall(each.decode("latin-1")) if "MAIL" in code}
    assert len(mails) == 1
    # Other settings, another copy.
    assert scan(data, out, "name", resume=True).kept == 0


def test_without_the_key_nothing_is_added(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan(data, out)
    (data / "new.txt").write_text(ADA)
    with pytest.raises(ConflictError, match="--keep-key"):
        scan(data, out, resume=True)


def test_two_scans_do_not_write_to_one_copy(tmp_path: Path) -> None:
    state = State.open(tmp_path / "out", resume=False)
    with pytest.raises(ConflictError, match="Another scan"):
        State.open(tmp_path / "out", resume=True)
    state.close(forget_key=False)


def test_a_full_disk_is_an_error_that_says_so(data: Path, tmp_path: Path) -> None:
    state = opened(tmp_path / "out")
    state.part.symlink_to("/dev/full")
    here = Here(cleaner(key=state.key))
    with pytest.raises(StorageError, match="No space") as raised:
        Run(here, state)(find([data], tmp_path / "out")[0])
    assert raised.value.reason_id == "disk_full"
    here._runner.close()
    state.close(forget_key=False)
    assert copied(tmp_path / "out") == {}
