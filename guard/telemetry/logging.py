"""Logs of allow-listed fields only.

Guard's own loggers write a fixed sentence and the fields in `FIELDS`. Messages of other libraries may hold anything
that they were given, so of those only the logger's name, the level and the class of an exception are written. Of any
exception the class and the places of the stack are shown, never the message: it may quote a request.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

FIELDS = ("request_id", "conversation_id", "reason_id", "step", "status", "duration_ms", "generator", "policy", "count")
"""The extra fields that a log line may have, each written only if it is a short string or a number."""

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered: each line that is written meanwhile names it."""

_OWN = "guard"


class AllowListFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        if record.name == _OWN or record.name.startswith(f"{_OWN}."):
            # `msg`, not `getMessage()`: the fixed sentence, never its arguments.
            line["message"] = str(record.msg)
            line |= {name: value for name in FIELDS if (value := _short(getattr(record, name, None))) is not None}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__qualname__
            line["stack"] = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(record.exc_info[2])[-8:]]
        return json.dumps(line)


def _short(value: object) -> str | float | None:
    if isinstance(value, str):
        return value[:100]
    return value if isinstance(value, int | float) else None


def configure(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send every logger of the process through the formatter, and take away the handlers that libraries set up.

    Guard's loggers write from `level`, all others from WARNING.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate, logger.disabled = True, False
        logger.setLevel(logging.NOTSET)
    logging.getLogger(_OWN).setLevel(level)
    # Warnings of libraries quote source lines and sometimes values.
    logging.captureWarnings(capture=True)
