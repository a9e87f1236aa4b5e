"""`guard eval`, as a person or a script uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.functional.server import Server
from tests.functional.test_cli import piped

DOCUMENT = Path(__file__).parents[2] / "docs" / "howto" / "measure-redaction.md"
TEXTS = [
    ("Write to ada@lovelace.example about card 4111 1111 1111 1111.", ["ada@lovelace.example", "4111 1111 1111 1111"]),
    ("Quokka7741 answers at bob@example.org, b@example.org.", ["Quokka7741", "bob@example.org"]),
    ("Nothing of anybody.", []),
]
TYPES = {"ada@lovelace.example": "EMAIL", "bob@example.org": "EMAIL", "4111 1111 1111 1111": "CREDIT_CARD"}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    lines = []
    for text, values in TEXTS:
        starts = [(text.index(value), value) for value in values]
        spans = [{"start": s, "end": s + len(v), "label": TYPES.get(v, "CODE_NAME")} for s, v in starts]
        lines.append(json.dumps({"text": text, "spans": spans}))
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(lines))
    return file


def test_figures_by_type_without_a_text(install: Server, labelled: Path) -> None:
    done = piped(install, "eval", "pii", "--data", str(labelled), "--json", text="")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    mail, code = figures["types"]["EMAIL_ADDRESS"], figures["types"]["CODE_NAME"]
    assert (figures["documents"], figures["spans"]["there"]) == (3, 4)
    assert (mail["there"], mail["found"], mail["exact"]["recall"]) == (2, 3, 1.0)
    assert mail["exact"]["precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert (code["there"], code["overlap"]["recall"]) == (1, 0.0)
    assert set(figures["interval"]) == {"exact.f1", "overlap.recall", "overlap.f2", "characters.f2"}
    assert "errors" not in figures
    for value in ("Quokka7741", "lovelace", "4111"):
        assert value not in done.stdout + done.stderr


def test_errors_are_shown_when_they_are_asked_for(install: Server, labelled: Path) -> None:
    done = piped(install, "eval", "pii", "--data", str(labelled), "--show", "10", "--json", text="")
    told = [(each["kind"], each["value"], each["there"], each["found"]) for each in json.loads(done.stdout)["errors"]]
    # The name of a code is missed, or found as something else.
    assert any(value == "Quokka7741" and there == "CODE_NAME" for _, value, there, _ in told)
    assert ("false_alarm", "b@example.org", None, "EMAIL_ADDRESS") in told
    table = piped(install, "eval", "pii", "--data", str(labelled), "--show", "10", "--types", "EMAIL_ADDRESS", text="")
    assert "»b@example.org«" in "".join(table.stdout.split())
    assert "CODE_NAME" not in table.stdout


def test_what_is_not_built_and_what_is_wrong(install: Server, tmp_path: Path) -> None:
    for command in (("toxicity", "--data", "x"), ("pii", "--data", str(tmp_path / "no.json")), ("pii",)):
        assert piped(install, "eval", *command, text="").returncode == 2
    (tmp_path / "bad.jsonl").write_text('{"text": "canary", "spans": [{"start": 0, "end": 99, "label": "X"}]}')
    done = piped(install, "eval", "pii", "--data", str(tmp_path / "bad.jsonl"), text="")
    assert done.returncode == 2
    assert "Line 1" in done.stderr
    assert "evaluation_data" in done.stderr
    assert "canary" not in done.stderr


def test_the_examples_of_the_document_are_read(install: Server, tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w*)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    found = {
        "presidio": next(text for kind, text in blocks if kind == "json" and text.startswith("[")),
        "jsonl": next(text for kind, text in blocks if kind == "json" and text.startswith("{")),
        "conll": next(text for kind, text in blocks if not kind),
    }
    (tmp_path / "map.toml").write_text(next(text for kind, text in blocks if kind == "toml"))
    for form, text in found.items():
        (tmp_path / form).write_text(text)
        command = ("eval", "pii", "--data", str(tmp_path / form), "--format", form, "--map", str(tmp_path / "map.toml"))
        done = piped(install, *command, "--json", "--bootstrap", "0", text="")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["types"]["PERSON"]["there"] == 1
