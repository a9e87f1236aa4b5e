"""Installations that are started once and shared where a test does not change them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.server import ECHO, Server

GENERATORS = [
    ECHO,
    {
        "name": "slow",
        "kind": "scripted",
        "replies": ["One. Two. Three. Four. Five. Six. "],
        "chunk": 5,
        "delay_s": 0.05,
    },
    {
        "name": "breaks",
        "kind": "scripted",
        "replies": ["One whole sentence. Another one. A third."],
        "chunk": 8,
        "fail_after": 3,
    },
    {"name": "tool", "kind": "scripted", "replies": ["Sending."], "tool_call": ["send_mail", '{"text": "{last}"}']},
    {"name": "down", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "none", "max_retries": 0},
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running installation with an employee's, an auditor's, an expired and a revoked key."""
    running = Server(tmp_path_factory.mktemp("guard"), GENERATORS).init()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def employee(server: Server) -> str:
    return server.user("emma", "employee")


@pytest.fixture(scope="session")
def auditor(server: Server) -> str:
    return server.user("otto", "auditor")


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Server]:
    """A fresh installation, not started, stopped at the end."""
    fresh = Server(tmp_path, GENERATORS)
    yield fresh
    fresh.stop()
