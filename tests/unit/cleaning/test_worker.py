"""Processes of their own: they agree on placeholders, and what fails in them says no text."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import psutil
import pytest

from guard.cleaning.cleaner import Cleaning, placeholder
from guard.cleaning.model import Task
from guard.cleaning.worker import workers
from guard.errors import ConfigurationError, DetectorError, UnavailableError
from guard.model import Span
from guard.redact.protocol import Detector
from guard.testing.fakes import grant
from tests.unit.cleaning.scanning import ADA, KEY, loading

CLEANING = Cleaning(Cleaning.of(grant()).grant, KEY)


class Quotes:
    """Fails and says of what."""

    model_id = "quotes"

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        raise ValueError(texts)

    async def aclose(self) -> None:
        return None


@asynccontextmanager
async def quoting() -> AsyncIterator[Sequence[Detector]]:
    yield [Quotes()]


@asynccontextmanager
async def not_there() -> AsyncIterator[Sequence[Detector]]:
    raise ConfigurationError("There is no model.")
    yield []


def test_processes_agree_on_placeholders_without_talking() -> None:
    with workers(2, loading, CLEANING) as started:
        assert started.model_ids() == ("words", "guard-patterns/2")
        futures = [started.clean(Task("text", f"{number} {ADA}")) for number in range(20)]
        texts = {future.result().text for future in futures}
    assert texts == {f"{number} {placeholder(KEY, 'PERSON', ADA)}" for number in range(20)}


def test_an_error_does_not_quote_the_text() -> None:
    with workers(1, quoting, CLEANING) as started, pytest.raises(DetectorError) as raised:
        started.clean(Task("text", "canary")).result()
    assert "canary" not in str(raised.value)


def test_a_process_that_ends_is_an_error_that_says_what_to_do() -> None:
    def killed() -> None:
        with workers(1, loading, CLEANING) as started:
            started.model_ids()
            (child,) = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
            os.kill(child.pid, signal.SIGKILL)
            child.wait(10)
            started.clean(Task("text", "x")).result()

    with pytest.raises(UnavailableError, match="--processes"):
        killed()


def test_detectors_that_cannot_be_loaded_are_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no model"), workers(1, not_there, CLEANING) as started:
        started.model_ids()
