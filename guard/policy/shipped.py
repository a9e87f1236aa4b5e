"""Where the policy that ships with Guard lies: in the package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from guard.errors import PolicyError
from guard.policy import bundle


def folder() -> Path:
    """The folder of the shipped policy. Raises PolicyError when the installation has none."""
    packaged = Path(str(files("guard.policy"))) / "default"
    # A checkout, and an editable installation of one, has the folder at its top and no copy in the package.
    checkout = Path(str(files("guard"))).parent / "policies"
    for place in (packaged, checkout):
        if place.is_dir():
            return place
    raise PolicyError("This installation has no shipped policy. Install it again.")


def load() -> bundle.Bundle:
    """Read the shipped policy. Raises PolicyError."""
    return bundle.load(folder())
