from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from guard.errors import DetectorError, OverloadedError
from guard.model import Span
from guard.redact.tagger import SHIPPED, TaggerDetector

LETTER = (
    "Dear Mrs. Okafor,\n\nyour parcel AB-48213 went to 12 Elm Street, Apt 4, Springfield, IL 62704 on March 3, 2021.\n\n"
    "Kind regards,\nPriya Venkataraman\nNorthwind Logistics Ltd"
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tagger() -> AsyncIterator[TaggerDetector]:
    shipped = TaggerDetector.create()
    yield shipped
    await shipped.aclose()


def copied(folder: Path) -> Path:
    """A copy of the shipped folder and of the one that it shares its tokenizer with."""
    for name in (SHIPPED.name, "guard-minilm"):
        shutil.copytree(SHIPPED.parent / name, folder / name)
    return folder / SHIPPED.name


def values(text: str, spans: list[Span]) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.entity_type) for span in spans]


async def found(tagger: TaggerDetector, text: str) -> list[tuple[str, str]]:
    (spans,) = await tagger.detect([text])
    return values(text, spans)


async def test_a_letter_gives_its_people_address_date_and_company(tagger: TaggerDetector) -> None:
    got = await found(tagger, LETTER)
    assert ("Mrs.", "TITLE") in got
    assert ("Okafor", "PERSON") in got
    assert ("12 Elm Street, Apt 4, Springfield, IL 62704", "STREET_ADDRESS") in got
    assert ("March 3, 2021", "DATE_TIME") in got
    assert ("Priya Venkataraman", "PERSON") in got
    assert ("AB-48213", "ID") in got
    assert any(kind == "ORGANIZATION" and value.startswith("Northwind") for value, kind in got)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("hi, my name is john smith and i live in boston", "john smith", "PERSON"),
        ("hi, my name is john smith and i live in boston", "boston", "LOCATION"),
        ("ok tell nguyen thi mai that i will call her tomorrow", "nguyen thi mai", "PERSON"),
        ("PLEASE CALL MARIA FERNANDEZ BACK", "MARIA FERNANDEZ", "PERSON"),
        ("My doctor is Dr. Björn Ångström.", "Björn Ångström", "PERSON"),
        ('{"id": 7, "full_name": "Kwame Mensah", "status": "open"}', "Kwame Mensah", "PERSON"),
        ("| name | city |\n| --- | --- |\n| Yuki Tanaka | Osaka |", "Yuki Tanaka", "PERSON"),
        ("id,name\n4,Giulia Rossi\n", "Giulia Rossi", "PERSON"),
        ("- **Patient:** Oluwaseun Adeyemi", "Oluwaseun Adeyemi", "PERSON"),
        ("He is a Turkish national, aged 34.", "Turkish", "NRP"),
        ("He is a Turkish national, aged 34.", "34", "AGE"),
        ("We met Ahmed's sister in Cairo.", "Ahmed", "PERSON"),
        ("I met my friend Lee Min-ho in Seoul.", "Lee Min-ho", "PERSON"),
    ],
)
async def test_names_are_found_in_chat_data_and_markup(
    tagger: TaggerDetector, text: str, value: str, kind: str
) -> None:
    assert (value, kind) in await found(tagger, text)


@pytest.mark.parametrize(
    "text",
    [
        "The doctor told the nurse that the patient was late.",
        "def total(rows):\n    return sum(row.price for row in rows)\n",
        "How do plants make food from light and water?",
        "A. copper\nB. rubber\nC. glass\nD. wood",
        "git commit -m 'fix the parser' && make test",
        "We deploy with Docker, Kubernetes and Terraform.",
        "-rwxr-xr-x  1 root root  220 notes.txt",
        "",
        "... --- !!! \n\t",
    ],
)
async def test_text_about_nobody_stays_as_it_is(tagger: TaggerDetector, text: str) -> None:
    assert await found(tagger, text) == []


@pytest.mark.parametrize(
    "before",
    ["😀😀 ", "e\u0301\u0301 ", "\ud800\udc00\ud800 ", "\u200b\u200b ", "مرحبا ", "ﷺ ﬃ ", "\x00 ", "𝒳𝒴 ", "\r\n\r\n"],
)
async def test_offsets_hold_after_characters_that_grow_or_vanish(tagger: TaggerDetector, before: str) -> None:
    text = f"{before}My name is Katarzyna Nowak."
    assert ("Katarzyna Nowak", "PERSON") in await found(tagger, text)


async def test_a_name_is_found_wherever_it_stands_in_a_long_text(tagger: TaggerDetector) -> None:
    filler = "The shop opens at nine and the garden is open to all. "
    text = "".join(filler * 7 + "My name is Katarzyna Nowak. " for _ in range(30))
    people = [value for value, kind in await found(tagger, text) if kind == "PERSON"]
    assert people == ["Katarzyna Nowak"] * 30


async def test_one_word_of_a_megabyte_is_read(tagger: TaggerDetector) -> None:
    text = "x" * 1_000_000 + " My name is Katarzyna Nowak."
    assert ("Katarzyna Nowak", "PERSON") in await found(tagger, text)


async def test_a_result_does_not_depend_on_the_other_texts(tagger: TaggerDetector) -> None:
    others = ["Tom met Anna in Rome.", "x" * 900, "1600 Main Street, Dayton, OH 45402"]
    alone = await tagger.detect([LETTER])
    together = await asyncio.gather(*(tagger.detect([*others, LETTER]) for _ in range(4)))
    assert all(each[-1] == alone[0] for each in together)


async def test_jobs_and_amounts_are_asked_for_by_the_quasi_profile_alone(tagger: TaggerDetector) -> None:
    text = "Occupation: plumber\nSalary: EUR 5,000"
    assert not {"PROFESSION", "QUANTITY"} & {kind for _, kind in await found(tagger, text)}
    quasi = TaggerDetector.create(quasi=True)
    assert {"PROFESSION", "QUANTITY"} <= {kind for _, kind in await found(quasi, text)}
    await quasi.aclose()


async def test_scores_are_probabilities_and_numbers_leave_room_for_exact_recognizers(tagger: TaggerDetector) -> None:
    (spans,) = await tagger.detect([LETTER])
    assert all(0 < span.score <= 1 for span in spans)
    assert all(span.score < 0.5 for span in spans if span.entity_type == "ID")


async def test_it_says_what_it_is(tagger: TaggerDetector) -> None:
    assert tagger.model_id.startswith("guard-tagger/")
    (spans,) = await tagger.detect(["My name is Tom Baker."])
    assert {span.detector for span in spans} == {"tagger"}


async def test_changed_weights_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    with (folder / "model.int8.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DetectorError, match="changed"):
        await TaggerDetector(folder).detect(["Tom"])


async def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "model.int8.onnx").unlink()
    with pytest.raises(DetectorError, match="Install the package again"):
        await TaggerDetector(folder).load()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sha256": 3}'])
async def test_a_damaged_config_is_refused_at_once(tmp_path: Path, content: str) -> None:
    folder = copied(tmp_path)
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(DetectorError, match=r"config\.json"):
        TaggerDetector(folder)


async def test_labels_that_do_not_fit_the_weights_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["labels"] = config["labels"][:-1]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(DetectorError) as caught:
        await TaggerDetector(folder).detect(["My name is Secretname."])
    assert "Secretname" not in f"{caught.value!r} {caught.value} {caught.value.__context__}"


async def test_a_full_queue_is_an_overload() -> None:
    small = TaggerDetector(capacity=1)
    long = "Tom met Anna in Rome. " * 400
    with pytest.raises(OverloadedError):
        await asyncio.gather(*(small.detect([f"{number} {long}"]) for number in range(3)))
    await small.aclose()


async def test_another_language_is_read_too(tagger: TaggerDetector) -> None:
    (spans,) = await tagger.detect(["Mein Name ist Katarzyna Nowak."], "de")
    assert any(span.entity_type == "PERSON" for span in spans)


async def test_importing_it_loads_no_model_library() -> None:
    code = "import sys, guard.redact.tagger; print({'onnxruntime', 'tokenizers', 'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
