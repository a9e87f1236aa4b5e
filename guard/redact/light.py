"""Import without what the imported would drag in: spaCy and Presidio load torch and transformers if they are there.

Neither is used by what Guard takes of them, and together they cost 300 MB and seconds of every start.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class _Absent:
    """A finder that says of some packages that they are not there, to one thread only."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        # Other threads may load their own models meanwhile.
        if threading.get_ident() == self._thread and name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Hide packages, those that are imported already excepted, from the imports that this thread does inside."""
    finder = _Absent(frozenset(name for name in names if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


_LOADING = threading.Lock()


@contextmanager
def bare(package: str, attributes: Mapping[str, str], stubs: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Import modules of a package without what its `__init__` would import; afterwards it is as if nobody had.

    Args:
        package: the package; inside, it holds nothing but `attributes`, its submodules can be imported.
        attributes: names that its submodules take from it, each with the submodule that defines it.
        stubs: submodules that are replaced by empty ones, and the names that they have: for annotations alone.

    Nothing happens when the package is imported already: then its cost is paid.
    """
    with _LOADING:
        if package in sys.modules:
            yield
            return
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        sys.modules[package] = _hollow(package, spec.submodule_search_locations)
        for name, members in stubs.items():
            path = [str(Path(each, *name.split("."))) for each in spec.submodule_search_locations or ()]
            stub = sys.modules[f"{package}.{name}"] = _hollow(f"{package}.{name}", path)
            for member in members:
                setattr(stub, member, object)
        try:
            for name, source in attributes.items():
                loaded = importlib.import_module(f"{package}.{source}")
                setattr(sys.modules[package], name, getattr(loaded, name))
            yield
        finally:
            for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
                del sys.modules[name]


def _hollow(name: str, path: list[str] | None) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = path or []
    return module
