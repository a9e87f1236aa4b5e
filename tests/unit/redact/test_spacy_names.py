"""Names, places and organizations by the model; one model for the module, it takes seconds to load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from guard.errors import DetectorError
from guard.redact.spacy_names import WINDOW, SpacyNames


@pytest.fixture(scope="module")
def detector() -> SpacyNames:
    return SpacyNames.create()


async def found(detector: SpacyNames, text: str) -> set[tuple[str, str]]:
    (spans,) = await detector.detect([text])
    return {(span.entity_type, text[span.start : span.end]) for span in spans}


async def test_names_places_and_dates(detector: SpacyNames) -> None:
    text = "Margaret Holloway's parcel left Paris for Springfield on 4 May 1999."
    assert {("PERSON", "Margaret Holloway"), ("LOCATION", "Paris"), ("DATE_TIME", "4 May 1999")} <= await found(
        detector, text
    )


@pytest.mark.parametrize(
    "text",
    [
        "Once upon a time, in a small town by the sea,",
        "The API returns JSON over HTTP, see SQL.",
        "```python\nclass FooBar(BaseModel):\n    limit = os.environ['LIMIT']\n```",
        "Two weeks ago, every third of them slept for nine hours.",
        "<PERSON_7K3Q9D> wrote to <EMAIL_ADDRESS_AB12CD>",
        "   \n\t",
        "",
    ],
)
async def test_prose_code_and_placeholders_are_no_names(detector: SpacyNames, text: str) -> None:
    assert await found(detector, text) == set()


async def test_any_text_can_be_read(detector: SpacyNames) -> None:
    for text in ("\ud800 lone", "👩\u200d👧 \u202eRTL\u202c e\u0301", "\x00\x01", "行政院" * 100):
        await detector.detect([text])


async def test_offsets_hold_in_a_long_text(detector: SpacyNames) -> None:
    filler = "The weather was fine and nothing happened. " * (WINDOW // 30)
    text = filler + "Then Margaret Holloway came to Paris. " + filler
    names = {value for kind, value in await found(detector, text) if kind == "PERSON"}
    assert "Margaret Holloway" in names


async def test_what_it_raises_holds_no_text(detector: SpacyNames) -> None:
    with pytest.raises(DetectorError) as caught:
        await detector.detect([b"secretive"])  # type: ignore[list-item]
    assert caught.value.__cause__ is None
    assert "secretive" not in str(caught.value)


def test_importing_it_imports_no_model_and_making_it_no_torch() -> None:
    code = (
        "import sys; from guard.redact.spacy_names import SpacyNames as D; assert 'spacy' not in sys.modules; "
        "D.create(); assert 'spacy' in sys.modules; assert 'torch' not in sys.modules; import torch"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=100)
