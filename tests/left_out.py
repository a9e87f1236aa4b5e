"""Names what `make test` leaves out: `-p tests.left_out` prints each deselected test and the target that runs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for (name, why), count in sorted(_left_out.items()):
        terminalreporter.write_line(f"LEFT OUT [{count}] {name}: {why}")
