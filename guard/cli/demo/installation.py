"""A real installation in a temporary folder: its own data, keys and server process."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from guard.cli.demo.conversations import TOXIC_REPLY
from guard.errors import GuardError

GENERATORS = [
    {"name": "local", "kind": "transformers", "model": "smollm2-135m-instruct"},
    {"name": "scripted", "kind": "scripted", "replies": [TOXIC_REPLY], "chunk": 7},
]
START_SECONDS = 300
"""The first start converts the embedded model, which takes a while."""


class Installation:
    """Runs `guard` commands and the server as a stranger would, in processes of their own."""

    def __init__(self, root: Path) -> None:
        self.data = root / "data"
        # The model cache is kept between demos: it holds public weights and nothing else.
        cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "guard"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GUARD_")}
        self._env = kept | {
            "GUARD_SERVER__PORT": "0",
            "GUARD_SERVER__DATA_DIR": str(self.data),
            "GUARD_SERVER__CACHE_DIR": str(cache),
            "GUARD_KEYS__PATH": str(root / "keys"),
            "GUARD_GENERATORS": json.dumps(GENERATORS),
        }
        self.url = ""

    def json(self, *args: str) -> Any:
        """Run a command with `--json` and return what it printed, whatever its exit code (`verify` says no with 1)."""
        done = subprocess.run(  # noqa: S603  (our own interpreter and arguments)
            [sys.executable, "-m", "guard.cli", *args, "--json"],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise GuardError(f"`guard {args[0]}` did not work: {done.stderr.strip()[-300:]}") from None

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve until the block ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", "guard.cli", "serve"],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self.url = _address(process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def _address(process: subprocess.Popen[str]) -> str:
    """The address in the server's ready line."""
    found: queue.Queue[str] = queue.Queue()

    def read(stream: IO[str]) -> None:
        for line in stream:
            if match := re.search(r"http://[0-9.]+:[0-9]+", line):
                found.put(match[0])
        found.put("")

    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    threading.Thread(target=read, args=(process.stdout,), daemon=True).start()
    threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True).start()
    try:
        address = found.get(timeout=START_SECONDS)
    except queue.Empty:
        address = ""
    if not address:
        raise GuardError(f"The server did not start: {''.join(errors).strip()[-300:]}")
    return address


@contextmanager
def temporary() -> Iterator[Installation]:
    """A fresh installation that is removed at the end."""
    with TemporaryDirectory(prefix="guard-demo-") as folder:
        yield Installation(Path(folder))
