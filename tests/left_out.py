"""Names what `make test` leaves out: `-p tests.left_out` prints each deselected test and the target that runs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

TARGETS = {"browser": "needs a Chromium: make browser", "slow": "takes too long for this target: make nightly"}
_left_out: Counter[tuple[str, str]] = Counter()


def reason(item: pytest.Item) -> str:
    """Why a test does not run here."""
    marker = next((name for name in TARGETS if item.get_closest_marker(name)), "")
    return TARGETS.get(marker, "not selected")


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        _left_out[item.nodeid.split("[")[0], reason(item)] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes each leaves out the same, and tells the one that prints."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["left_out"] = [(name, why, count) for (name, why), count in _left_out.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, why, count in getattr(node, "workeroutput", {}).get("left_out", []):
        _left_out[name, why] = count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for (name, why), count in sorted(_left_out.items()):
        terminalreporter.write_line(f"LEFT OUT [{count}] {name}: {why}")
