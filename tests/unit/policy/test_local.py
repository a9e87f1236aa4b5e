"""The grant of a command on one's own texts."""

from __future__ import annotations

import pytest

from guard.errors import NotFoundError
from guard.policy import local, shipped


def test_the_default_redacts_everything() -> None:
    grant = local.grant(shipped.load())
    assert grant.redaction == "all"
    assert {grant.action_for(kind) for kind in ("PERSON", "NRP", "AGE", "API_KEY", "NEVER_HEARD_OF")} == {"redact"}


def test_profiles_by_name() -> None:
    grant = local.grant(shipped.load(), "education", "education")
    assert grant.action_for("PERSON") == "clear"
    assert grant.moderation.name == "education"
    with pytest.raises(NotFoundError):
        local.grant(shipped.load(), "nothing")
