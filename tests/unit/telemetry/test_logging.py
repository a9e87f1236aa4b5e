from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from guard.telemetry.logging import configure


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """The log output, with the loggers put back afterwards."""
    root, handlers, level = logging.getLogger(), list(logging.getLogger().handlers), logging.getLogger().level
    stream = io.StringIO()
    configure(stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_own_lines_have_the_sentence_and_the_allowed_fields_only(output: io.StringIO) -> None:
    logging.getLogger("guard.api").info(
        "A request failed.", extra={"request_id": "req_1", "status": 503, "prompt": "canary"}
    )
    (line,) = lines(output)
    assert line["message"] == "A request failed."
    assert line["request_id"] == "req_1"
    assert line["status"] == 503
    assert "canary" not in output.getvalue()


def test_arguments_are_never_put_into_the_sentence(output: io.StringIO) -> None:
    logging.getLogger("guard.api").warning("Failed on %s.", "canary")
    assert "canary" not in output.getvalue()
    assert lines(output)[0]["message"] == "Failed on %s."


def test_messages_of_other_libraries_are_not_shown(output: io.StringIO) -> None:
    logging.getLogger("presidio-analyzer").warning("found canary")
    logging.getLogger("presidio-analyzer").info("found canary")
    (line,) = lines(output)
    assert line["logger"] == "presidio-analyzer"
    assert "canary" not in output.getvalue()


def test_an_exception_shows_its_class_and_place_and_not_its_message(output: io.StringIO) -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("canary")
    (line,) = lines(output)
    assert line["exception"] == "ValueError"
    assert line["stack"] == [f"test_an_exception_shows_its_class_and_place_and_not_its_message:{line_of_raise()}"]
    assert "canary" not in output.getvalue()


def line_of_raise() -> int:
    code = test_an_exception_shows_its_class_and_place_and_not_its_message.__code__
    return code.co_firstlineno + 2
