"""`guard bench redact`: its names, units, and what stands beside."""

from __future__ import annotations

import json
import subprocess
import sys

from guard.evaluation.prompts import letters, prompts


def test_the_figures_have_their_names_and_units() -> None:
    command = [sys.executable, "-m", "guard.cli", "bench", "redact", "--prompts", "4", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    found = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    assert {name: each["unit"] for name, each in found.items()} == {
        "redact.chars_per_second": "1/s",
        "redact.prompt_p50": "ms",
        "redact.prompt_p95": "ms",
    }
    assert all(each["value"] > 0 and each["beside"]["value"] > 0 for each in found.values())
    assert {each["beside"]["name"] for each in found.values()} == {"presidio, spaCy small"}
    assert "20 prompts, each by both" in done.stderr


def test_no_prompt_is_asked_twice() -> None:
    asked = [*prompts(300), *letters(300)]
    assert len(set(asked)) > 590
    assert list(prompts(20)) == list(prompts(20))
    assert all(270 <= len(each) <= 330 for each in prompts(300))
