"""Files that come with a message are text, in memory, and part of the message."""

from __future__ import annotations

import pytest

from guard.errors import GuardError
from guard.web.attachments import LARGEST, MOST_FILES, Sent
from guard.web.markdown import data, tree


def sent(*files: tuple[str, bytes], message: str = "Look:") -> Sent:
    return Sent({"message": message}, files)


def test_files_stand_behind_what_was_written() -> None:
    both = sent(("a.csv", b"x,y\r\n1,2\r\n"), ("b.txt", "\ufeffZoë".encode())).message()
    assert both == "Look:\n\n```a.csv\nx,y\n1,2\n```\n\n```b.txt\nZoë\n```"
    assert sent(("a.csv", b"x"), message=" ").message() == "```a.csv\nx\n```"
    assert sent(message="Just\r\nthis").message() == "Just\nthis"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00x", b"\x89PNG\r\n\x1a\n", b"a\x00b", "é".encode("latin-1"), b"\x7fELF"]
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(GuardError, match="File 2 is not text") as refused:
        sent(("quokka.txt", b"fine"), ("quokka.bin", content)).message()
    assert refused.value.reason_id == "content_not_text"


def test_what_is_too_large_or_too_many_is_refused() -> None:
    sent(("a", b"x" * LARGEST)).message()
    with pytest.raises(GuardError, match="at most 100 kB"):
        sent(("a", b"x" * (LARGEST + 1))).message()
    with pytest.raises(GuardError, match="At most 5 files"):
        sent(*[("a", b"x")] * (MOST_FILES + 1)).message()


@pytest.mark.parametrize("name", ["a\nb.txt", "```\n# out", "a b.txt", "x" * 500 + ".txt", "../../etc/passwd", "\x00"])
@pytest.mark.parametrize("text", ["plain", "```\n# out\n```", "`````` x", "\n\n"])
def test_no_name_and_no_text_ends_its_block(name: str, text: str) -> None:
    found = data(tree(sent((name, text.encode()), message="").message()))
    assert [block[0] for block in found if isinstance(block, list)] == ["pre"]
