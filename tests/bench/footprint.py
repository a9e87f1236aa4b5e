"""How fast a server is ready and how much memory it takes: `python -m tests.bench.footprint [--json]`.

Beside each figure stands its floor of the same run: an interpreter that imports the libraries and does nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.functional.server import ECHO, Server

LOCAL = {"name": "local", "kind": "transformers"}
IMPORTS = "import fastapi, sqlalchemy.ext.asyncio, spacy, onnxruntime, presidio_analyzer; input()"
PROMPT = "My name is Margaret Holloway, write to margaret.holloway@example.org about order 12."


def served(root: Path, generators: list[dict[str, Any]], model: str) -> tuple[float, float]:
    """Seconds until the second start is ready, and megabytes resident after twenty requests."""
    server = Server(root, generators, GUARD_SERVER__CACHE_DIR=str(Path.home() / ".cache" / "guard")).init()
    server.start()
    server.chat(PROMPT, model=model, max_tokens=8)
    server.stop()
    begun = time.monotonic()
    server.start()
    ready = time.monotonic() - begun
    try:
        for _ in range(20):
            assert server.chat(PROMPT, model=model, max_tokens=8).status_code == 200
        assert server.process
        return ready, psutil.Process(server.process.pid).memory_info().rss / 1e6
    finally:
        server.stop()


def floor() -> tuple[float, float]:
    """Seconds and megabytes of an interpreter that imports the libraries."""
    begun = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", IMPORTS], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        handle = psutil.Process(process.pid)
        previous = -1.0
        while (used := handle.cpu_times().user) != previous or used == 0:
            previous = used
            time.sleep(0.5)
        return time.monotonic() - begun, handle.memory_info().rss / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    import_s, import_mb = floor()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, generators, model in (
            ("no local generator", [ECHO], "echo"),
            ("embedded generator", [LOCAL], "local"),
        ):
            ready, memory = served(Path(folder) / model, generators, model)
            figures += [
                {"name": f"{name}: ready", "value": round(ready, 1), "unit": "s",
                 "beside": {"name": "imports alone", "value": round(import_s, 1)}},
                {"name": f"{name}: resident", "value": round(memory), "unit": "MB",
                 "beside": {"name": "imports alone", "value": round(import_mb)}},
            ]  # fmt: skip
    if as_json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for each in figures:
        print(
            f"{each['name']:32} {each['value']:>8} {each['unit']:3} ({each['beside']['name']}: {each['beside']['value']})"
        )


if __name__ == "__main__":
    main()
