"""Which files are scanned, and which are not and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.cleaning import finding
from guard.cleaning.finding import blocks, find, look
from guard.errors import GuardError, InvalidRequestError, RequestTooLargeError


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text")
    return root


def test_a_folder_is_walked_in_order_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    top = tree(tmp_path / "in", "b.CSV", "a.txt", "sub/c.jsonl", ".hidden", ".git/x.txt", "p.parquet")
    (top / "link.txt").symlink_to(top / "a.txt")
    (top / "linked").symlink_to(top / "sub")
    os.mkfifo(top / "pipe.txt")
    sources, skipped = find([top])
    assert [source.name for source in sources] == ["a.txt", "b.CSV", "sub/c.jsonl"]
    assert {(Path(each.path).name, each.reason) for each in skipped} == {
        (".hidden", "hidden"),
        (".git", "hidden"),
        ("p.parquet", "format"),
        ("link.txt", "symbolic link"),
        ("linked", "symbolic link"),
        ("pipe.txt", "no regular file"),
    }


def test_patterns_say_which(tmp_path: Path) -> None:
    top = tree(tmp_path / "in", "a.txt", "sub/b.txt", "sub/c.csv")
    assert [s.name for s in find([top], include=["*.txt"], exclude=["sub/*"])[0]] == ["a.txt"]
    assert [s.name for s in find([top], exclude=["b.txt"])[0]] == ["a.txt", "sub/c.csv"]


def test_several_paths_keep_their_names_apart(tmp_path: Path) -> None:
    first, second = tree(tmp_path / "one", "a.txt"), tree(tmp_path / "two", "a.txt")
    assert [s.name for s in find([first, second], tmp_path / "out")[0]] == ["one/a.txt", "two/a.txt"]
    with pytest.raises(InvalidRequestError, match="same name"):
        find([first / "a.txt", second / "a.txt"], tmp_path / "out")


@pytest.mark.parametrize("out", ["in", "in/sub/out", "."])
def test_a_copy_cannot_lie_in_what_is_scanned_nor_around_it(tmp_path: Path, out: str) -> None:
    tree(tmp_path / "in", "sub/a.txt")
    with pytest.raises(InvalidRequestError, match="copy"):
        find([tmp_path / "in"], tmp_path / out)


def test_what_is_wrong_is_said_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequestError, match="no file or folder"):
        find([tmp_path / "nowhere"])
    top = tree(tmp_path / "in", "a.json")
    monkeypatch.setattr(finding, "LARGEST_DOCUMENT", 3)
    with pytest.raises(RequestTooLargeError, match="jsonl"):
        find([top])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        find([top])


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"plain", "utf-8"),
        ("caf\u00e9 \U0001f642".encode(), "utf-8"),
        (b"\xef\xbb\xbfmarked", "utf-8"),
        ("caf\u00e9".encode("latin-1"), "latin-1"),
        ("caf\u00e9 caf\u00e9 caf\u00e9 ".encode() + b"\xff", "utf-8"),
        ("\ufeffcaf\u00e9 \U0001f642\ud800".encode("utf-16-le", "surrogatepass"), "utf-16-le"),
        ("\ufeffcaf\u00e9".encode("utf-16-be"), "utf-16-be"),
    ],
    ids=["ascii", "utf-8", "utf-8 mark", "latin-1", "damaged", "utf-16-le", "utf-16-be"],
)
def test_the_text_of_a_file_is_its_bytes(tmp_path: Path, data: bytes, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    looked = look(path)
    assert looked.encoding == encoding
    assert "".join(blocks(path, looked)).encode(encoding, looked.errors) == data


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfea", b"\xff\xfe\0\0a\0\0\0"], ids=["binary", "cut", "utf-32"])
def test_what_is_no_text_is_skipped(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert look(path).reason


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    looked = look(path)
    path.write_text("behind")
    with pytest.raises(GuardError, match="changed"):
        list(blocks(path, looked))
