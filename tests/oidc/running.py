"""The OpenID provider of the tests in a process of its own, with its packages in a cache outside the repository."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", "provider.mjs")
AUDIENCE = "https://guard.test/api"


def secret(login: str) -> str:
    """What somebody shows the provider."""
    return f"secret of {login}"


class OpenIdProvider:
    """A provider that runs."""

    def __init__(self, process: subprocess.Popen[str], issuer: str) -> None:
        self.process = process
        self.issuer = issuer

    def settings(self, **more: str) -> dict[str, str]:
        """Guard's settings for it, as environment variables."""
        return {
            "GUARD_OIDC__ISSUER": self.issuer,
            "GUARD_OIDC__CLIENT_ID": "guard",
            "GUARD_OIDC__CLIENT_SECRET_ENV": "OIDC_SECRET",
            "OIDC_SECRET": "guard-secret",
            "GUARD_OIDC__LABEL": "Example Works",
            "GUARD_OIDC__SCOPES": '["openid", "profile", "groups"]',
            "GUARD_OIDC__ROLES": '{"staff": ["employee"], "audit": ["auditor"], "admins": ["admin"], "robots": ["service"]}',
            "GUARD_OIDC__AUDIENCE": AUDIENCE,
            **more,
        }

    def say(self, login: str, *groups: str) -> None:
        """Have it say other groups of somebody."""
        httpx.put(f"{self.issuer}/test/groups", json={"login": login, "groups": groups}, trust_env=False)


@contextmanager
def running(*addresses: str) -> Iterator[OpenIdProvider]:
    """Start a provider that knows Guard under these addresses. Skips where there is no node, unless CI is set."""
    folder = _packages()
    process = subprocess.Popen(
        [shutil.which("node") or "node", str(folder / "provider.mjs"), *addresses],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().split()
        assert line[:1] == ["issuer"], "the provider did not start"
        yield OpenIdProvider(process, line[1])
    finally:
        process.kill()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def _packages() -> Path:
    """The folder with the provider and its packages, made once for each state of its files."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            _cannot(f"there is no {name} here, which the OpenID provider of the tests runs on")
    digest = hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guard-tests" / f"oidc-{digest}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several tests may begin at once
        if not (cache / "made").exists():
            for name in FILES:
                shutil.copy(HERE / name, cache / name)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode:
                _cannot(f"npm could not install the OpenID provider of the tests: {done.stderr[-300:]}")
            (cache / "made").touch()
    return cache


def _cannot(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
