"""The setting that says where is counted."""

from __future__ import annotations

import pytest

from guard import config
from guard.errors import ConfigurationError


def stored(monkeypatch: pytest.MonkeyPatch, value: str) -> config.Settings:
    monkeypatch.setenv("GUARD_LIMITS__STORAGE", value)
    return config.load()


def test_memory_is_the_default() -> None:
    assert config.LimitSettings().storage == "memory"


@pytest.mark.parametrize("url", ["memory", "redis://127.0.0.1:6379/0", "rediss://:secret@redis.example:6380/2"])
def test_what_may_be_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert stored(monkeypatch, url).limits.storage == url


@pytest.mark.parametrize("url", ["", "redis://", "memcached://:quokka7741@127.0.0.1", "Memory", "quokka7741"])
def test_anything_else_is_refused_without_being_quoted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"limits\.storage") as error:
        stored(monkeypatch, url)
    assert "quokka7741" not in str(error.value)


def test_a_password_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "quokka7741" not in repr(stored(monkeypatch, "redis://:quokka7741@127.0.0.1/0"))
