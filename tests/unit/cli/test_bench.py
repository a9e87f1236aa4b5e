"""`guard bench policy`, small: its figures by name, what it says on the way, and that its stress can find a fault."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys

import pytest

from guard.authorize.authorizer import PolicyAuthorizer
from guard.cli.bench import reloads
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot

SMALL = ("--rules", "1100", "--decisions", "20000", "--reloads", "20")
COMMAND = [sys.executable, "-m", "guard.cli", "bench", "policy", *SMALL]
FIGURES = {
    "policy.enforce_p99": ("us", "pycasbin, median"),
    "policy.explain_p99": ("us", None),
    "policy.build": ("s", "pycasbin"),
    "policy.reload_decisions": ("count", "pycasbin"),
    "policy.reload_wrong": ("count", "pycasbin"),
    "policy.reloads": ("count", "pycasbin"),
    "policy.reload_rate": ("1/s", "pycasbin"),
}
SHIPPED = shipped.load()
EMPTY = Snapshot(bundle.build({name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
                              | {"rules.csv": ""}))  # fmt: skip


class ClearsFirst(PolicyAuthorizer):
    """What pycasbin does: the old rules are gone before the new ones are there."""

    def replace(self, snapshot: Snapshot) -> None:
        super().replace(EMPTY)
        super().replace(Snapshot(snapshot.bundle))


class ClearsAndGoesOn(PolicyAuthorizer):
    """The same under asyncio: others run before the new rules are there."""

    def replace(self, snapshot: Snapshot) -> None:
        super().replace(EMPTY)
        asyncio.get_running_loop().call_soon(super().replace, snapshot)


class Raises(PolicyAuthorizer):
    """Has no policy at all for a while."""

    def replace(self, snapshot: Snapshot) -> None:
        self._snapshot = None
        Snapshot(snapshot.bundle)
        super().replace(snapshot)


def test_the_figures_have_their_names_and_units() -> None:
    done = subprocess.run([*COMMAND, "--json"], capture_output=True, text=True, timeout=100, check=True)
    printed = json.loads(done.stdout)
    assert set(printed) == {"figures"}
    found = {figure["name"]: figure for figure in printed["figures"]}
    assert all(set(figure) == {"name", "value", "unit", "beside"} for figure in printed["figures"])
    assert all(set(figure["beside"]) == {"name", "value"} for figure in printed["figures"] if figure["beside"])
    assert {name: (f["unit"], f["beside"] and f["beside"]["name"]) for name, f in found.items()} == FIGURES
    assert found["policy.reload_decisions"]["value"] >= 20_000
    assert (found["policy.reload_wrong"]["value"], found["policy.reloads"]["value"]) == (0, 20)
    assert all(found[name]["value"] > 0 for name in FIGURES if name != "policy.reload_wrong")
    steps = done.stderr.splitlines()
    assert len(steps) == 5
    assert all(line.startswith("guard bench: ") and line.endswith(" s") for line in steps)
    assert "20,000 decisions while 20 policies are swapped" in done.stderr


def test_on_a_terminal_there_is_a_bar_and_a_table() -> None:
    terminal, side = pty.openpty()
    with os.fdopen(terminal, "rb", 0) as screen:
        done = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=side, text=True)
        os.close(side)
        shown = b""
        while True:
            try:
                part = screen.read(4096)
            except OSError:  # The other side has gone.
                break
            if not part:
                break
            shown += part
        printed, _ = done.communicate(timeout=100)
    assert done.returncode == 0
    assert "━" in shown.decode()
    assert "pycasbin" in printed
    assert all(name in printed for name in FIGURES)


def test_the_reloads_are_spread_over_the_decisions() -> None:
    """Between any two there are as many decisions as there should be, and as many before the first and after the last."""
    for stress in (reloads.threads, lambda *args, seen: asyncio.run(reloads.tasks(*args, seen=seen))):
        at: list[int] = []
        found = stress(20_000, 19, seen=at.append)
        assert (found.reloads, found.wrong, len(at)) == (19, 0, 19)
        assert all(made >= 1000 * number for number, made in enumerate(at, 1))
        assert found.decisions >= 20_000 > at[0]


@pytest.mark.parametrize("made", [ClearsFirst, Raises])
def test_under_threads_the_stress_finds_a_policy_that_is_cleared_first(made: type[PolicyAuthorizer]) -> None:
    found = reloads.threads(20_000, 100, made)
    assert found.wrong > 0
    assert found.decisions >= 20_000


def test_under_asyncio_the_stress_finds_a_policy_that_is_cleared_first() -> None:
    assert asyncio.run(reloads.tasks(20_000, 20, ClearsAndGoesOn)).wrong > 0


def test_pycasbin_itself_is_found_out() -> None:
    """What stands beside our zero is not a zero."""
    assert any(reloads.peer_reloads(2).wrong for _ in range(3))
