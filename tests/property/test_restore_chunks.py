"""No cut of the stream changes what is restored."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

VAULT = Vault(bytes(range(32)), {})
NAME = VAULT.placeholder("PERSON", "Ada Lovelace")
SSN = VAULT.placeholder("US_SSN", "078-05-1120")
BARE = NAME.strip("<>")
PIECES = st.sampled_from(
    [NAME, SSN, BARE, NAME.lower(), f"[{BARE}]", f"&lt;{BARE}&gt;", f"&lt;{BARE}&g", f"\\u003c{BARE}\\u003e",
     BARE.replace("_", "\\_"), BARE.replace("_", "\n"), NAME[:-1], NAME[:-3], "<PERSON_", "PERSON ", "<US", "<", ">",
     "]", "&", "&gt;", "x", "9", " ", "\n", "'s", "**", "é\u0301", "😀", "person", "_"]
)  # fmt: skip


def run(chunks: list[str]) -> str:
    restorer = PlaceholderRestorers().text(VAULT, restore=True)
    return "".join([*(restorer.feed(chunk) for chunk in chunks), restorer.flush()])


@given(st.lists(PIECES, max_size=12).map("".join), st.lists(st.integers(0, 300), max_size=20))
@example(f"{BARE}{NAME}", [3, 14, 15])
def test_any_chunking_reads_as_the_whole(text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [text[a:b] for a, b in itertools.pairwise(edges)]
    whole = run([text])
    assert run(chunks) == whole
    assert run(list(text)) == whole


@given(st.text(max_size=200), st.integers(0, 200))
def test_a_placeholder_anywhere_is_restored(text: str, at: int) -> None:
    before, after = text[:at], text[at:]
    assert run([before + " ", NAME, " " + after]) == run([before]) + " Ada Lovelace " + run([after])
