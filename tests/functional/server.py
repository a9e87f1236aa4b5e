"""A real `guard serve` in a process of its own, with its own data, keys, HOME and temp folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx

ECHO = {"name": "echo", "kind": "scripted", "echo": True}


class Server:
    """One installation: `init`, `start`, `stop`, `kill`, and the command line beside it."""

    def __init__(self, root: Path, generators: list[dict[str, Any]] | None = None, **settings: str) -> None:
        self.root = root
        self.home, self.temp = root / "home", root / "tmp"
        self.data, self.keys = root / "data", root / "keys"
        for folder in (self.home, self.temp):
            folder.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GUARD_")}
        self.env = kept | {
            "HOME": str(self.home),
            "TMPDIR": str(self.temp),
            "GUARD_SERVER__PORT": "0",
            "GUARD_SERVER__DATA_DIR": str(self.data),
            "GUARD_KEYS__PATH": str(self.keys),
            "GUARD_GENERATORS": json.dumps(generators or [ECHO]),
            **settings,
        }
        self.process: subprocess.Popen[str] | None = None
        self.output: list[str] = []
        self.url = ""
        self.admin: dict[str, str] = {}
        self._readers: list[threading.Thread] = []

    def cli(self, *args: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `guard …` on this installation; its output is kept for canary searches."""
        done = subprocess.run(
            [sys.executable, "-m", "guard.cli", *args],
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        self.output += [done.stdout, done.stderr]
        assert not check or done.returncode == 0, f"guard {args[0]} exited {done.returncode}: {done.stderr[-500:]}"
        return done

    def json(self, *args: str, **env: str) -> Any:
        """Run a command with `--json` and return what it printed."""
        return json.loads(self.cli(*args, "--json", **env).stdout)

    def init(self) -> Server:
        """Make the data directory, the keys and the first admin."""
        self.admin = self.json("init")["admin"]
        return self

    def user(self, name: str, role: str, **options: str) -> str:
        """Add a user and return an API key of theirs."""
        self.json("user", "add", name, "--role", role)
        extra = [part for option, value in options.items() for part in (f"--{option}", value)]
        return str(self.json("apikey", "create", "--user", name, *extra)["api_key"])

    def start(self) -> Server:
        """Start the server and wait for the line that says where it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guard.cli", "serve"],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        ready = threading.Event()
        self.url = ""

        def read(stream: Any) -> None:
            for line in stream:
                self.output.append(line)
                if found := re.search(r"http://[0-9.]+:[0-9]+", line):
                    self.url = found[0]
                    ready.set()
            ready.set()

        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        ready.wait(60)
        assert self.url, "the server did not start: " + "".join(self.output)[-2000:]
        return self

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the server with a signal and wait for it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(30)
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.process = None

    def kill(self) -> None:
        """kill -9."""
        self.stop(signal.SIGKILL)

    def post(
        self, body: Any, key: str | None = None, path: str = "/v1/chat/completions", **headers: str
    ) -> httpx.Response:
        """POST JSON (or raw bytes) and return the response."""
        sent = {"authorization": f"Bearer {key or self.admin['api_key']}", **headers}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(self.url + path, content=data, headers=sent, timeout=60, trust_env=False)

    def chat(self, text: str, key: str | None = None, **body: Any) -> httpx.Response:
        """One user message to the first generator."""
        return self.post({"model": "echo", "messages": [{"role": "user", "content": text}], **body}, key)
