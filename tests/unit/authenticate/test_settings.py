"""The sections `[oidc]` and `[sign_in]`: what is refused, and that nobody pays for a provider who has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guard.cli.doctor import _provider
from guard.config import OidcSettings, Settings, load
from guard.errors import ConfigurationError, UnavailableError
from guard.wiring import provider_of

GOOD: dict[str, Any] = {"issuer": "https://id.example", "client_id": "guard"}


def written(folder: Path, **more: Any) -> Path:
    lines = [f"{name} = {value!r}".replace("True", "true") for name, value in (GOOD | more).items()]
    path = folder / "guard.toml"
    path.write_text("\n".join(["[oidc]", *lines]))
    return path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARD_CONFIG", "")
    monkeypatch.delenv("GUARD_CONFIG")


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    settings = load(written(tmp_path))
    assert settings.oidc is not None
    assert settings.oidc.roles == {}
    assert settings.sign_in.idle_minutes == 120


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example"},
        {"issuer": "id.example"},
        {"public_url": "http://guard.example"},
        {"scopes": ["profile"]},
        {"default_roles": ["Not a role"]},
        {"audience": "guard"},
        {"tenant": "a/b"},
        {"client_secret": "in the file"},
    ],
    ids=str,
)
def test_what_cannot_be_safe_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(written(tmp_path, **wrong))
    assert "in the file" not in str(refused.value)


def test_a_secret_that_is_not_there_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OIDC_SECRET", raising=False)
    with pytest.raises(ConfigurationError):
        provider_of(OidcSettings(**GOOD, client_secret_env="OIDC_SECRET"))


async def test_the_doctor_asks_the_provider() -> None:
    settings = Settings(oidc=OidcSettings(issuer="http://127.0.0.1:9", client_id="guard"))
    with pytest.raises(UnavailableError):
        await _provider(settings)


def test_without_a_provider_nothing_of_it_is_imported() -> None:
    code = "import sys, guard.app, guard.wiring; print({'authlib', 'joserfc', 'segno', 'pyotp'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
