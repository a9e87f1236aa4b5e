"""Administration of an installation: people, keys, generators, health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from guard.authenticate.directory import Directory
from guard.authorize.authorizer import PolicyAuthorizer
from guard.authorize.required import Required
from guard.config import GeneratorSettings
from guard.generate.protocol import Generators
from guard.installation.generators import Described, GeneratorDesk
from guard.installation.health import HealthDesk
from guard.installation.keys import KeyDesk
from guard.people.api_keys import Keys
from guard.people.directory import People
from guard.policy.distribution import Workers
from guard.services import Admin
from guard.wiring.storage import Opened


def admin(
    parts: Opened,
    authorize: PolicyAuthorizer,
    workers: Workers,
    generators: Generators,
    ready: Callable[[], Awaitable[Mapping[str, bool]]],
) -> Admin:
    """What the pages under `/admin` stand on."""
    required = Required(authorize, parts.audit.record, parts.database.write)
    directory, settings = Directory(parts.database), parts.settings
    described = [described_of(each) for each in settings.generators]
    return Admin(
        people=People(required, directory, parts.users, lambda: authorize.snapshot),
        api_keys=Keys(required, directory, parts.api_keys, lambda: authorize.snapshot),
        generators=GeneratorDesk(required, generators, described),
        keys=KeyDesk(required, parts.database, settings.keys.provider, parts.keys.key_id),
        health=HealthDesk(required, ready, parts.database, workers, parts.revisions, settings.data_dir),
    )


def described_of(settings: GeneratorSettings) -> Described:
    """A generator as the settings name it. Of an address the host alone: the rest may hold a secret."""
    options = settings.options
    model, url = options.get("model"), options.get("base_url")
    return Described(
        settings.name,
        settings.kind,
        model if isinstance(model, str) else "",
        _host(url) if isinstance(url, str) else "",
        settings.scenario or "",
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host
