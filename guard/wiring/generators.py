"""The generators that the settings name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from guard import registry
from guard.config import Settings
from guard.errors import ConfigurationError
from guard.generate.configured import ConfiguredGenerators


def make_generators(settings: Settings, scenarios: Mapping[str, object]) -> ConfiguredGenerators:
    """The generators of the settings, not started. Raises ConfigurationError, which names the generator."""
    made = {}
    for each in settings.generators:
        module = registry.load("guard.generators", each.kind)
        if each.scenario is not None and each.scenario not in scenarios:
            raise ConfigurationError(f"The generator {each.name} names a scenario that the policy does not have.")
        try:
            made[each.name] = (module.create(each.options, cache_dir=cache_dir(settings)), each.scenario)
        except ConfigurationError as error:
            raise ConfigurationError(f"Generator {each.name}: {error}") from None
    return ConfiguredGenerators(made)


def cache_dir(settings: Settings) -> Path:
    """Where converted weights are kept: public data, shared by all installations of a user."""
    if settings.server.cache_dir is not None:
        return settings.server.cache_dir.expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guard"
