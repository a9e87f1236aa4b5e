"""An installation and somebody who chats there."""

from __future__ import annotations

import pytest

from guard.services import Services
from guard.testing.fakes import ChunkedGenerator
from tests.conftest import Storage
from tests.unit.conversations.talking import KEY, Parrot, Person
from tests.unit.reviewing import Installation


@pytest.fixture
def installation(storage: Storage) -> Installation:
    generators = {
        "echo": Parrot(),
        "toxic": ChunkedGenerator(["Fine. ", "A toxicword. "], ["All good. "]),
    }
    return Installation(storage=storage, generators=generators)


@pytest.fixture
def services(installation: Installation) -> Services:
    return installation.services()


@pytest.fixture
def emma(services: Services) -> Person:
    return Person(services, KEY)
