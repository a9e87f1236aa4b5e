"""Entry-point groups to factories. Installed is not enabled: only what the settings name is imported and built.

A plugin is a module with `validate(options) -> None` and `create(options, ...) -> object`; Guard's own parts use the same
groups, so there is one mechanism (the groups are in `pyproject.toml`).
"""

from __future__ import annotations

from importlib.metadata import entry_points
from types import ModuleType

from guard.errors import ConfigurationError


def names(group: str) -> tuple[str, ...]:
    """The installed names of a group such as `guard.generators`, sorted."""
    return tuple(sorted(entry_points(group=group).names))


def load(group: str, name: str) -> ModuleType:
    """Import the module that is installed as `name`. Raises ConfigurationError with the names there are."""
    found = entry_points(group=group, name=name)
    if not found:
        raise ConfigurationError(
            f"There is no {group} of the kind that the settings name. Installed kinds: {', '.join(names(group)) or 'none'}."
        )
    module = next(iter(found)).load()
    assert isinstance(module, ModuleType)
    return module
