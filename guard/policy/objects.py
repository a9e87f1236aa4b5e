"""Something kept by object and by `prefix*`, found again for an object without asking every prefix.

The prefixes are sorted, and each knows the next shorter one that it begins with. The longest prefix of an object is
then the one sorted just before it, or one that this begins with: however many lengths there are, few are compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

_Kept = TypeVar("_Kept")


class Objects(Generic[_Kept]):
    """What is kept for objects. Does not change.

    Args:
        exact: by object.
        prefixes: by what a pattern has before its `*`.
    """

    def __init__(self, exact: Mapping[str, _Kept], prefixes: Mapping[str, _Kept]) -> None:
        self._exact = exact
        self._prefixes = sorted(prefixes)
        self._kept = [prefixes[prefix] for prefix in self._prefixes]
        self._shorter = _shorter(self._prefixes)

    def on(self, obj: str) -> list[_Kept]:
        """What is kept for this object, then what is kept for its prefixes, the longest first."""
        found = [self._exact[obj]] if obj in self._exact else []
        at = bisect_right(self._prefixes, obj) - 1
        while at >= 0:
            if obj.startswith(self._prefixes[at]):
                found.append(self._kept[at])
            at = self._shorter[at]
        return found


def _shorter(prefixes: Sequence[str]) -> list[int]:
    """For each of the sorted prefixes the place of the longest other one that it begins with, or -1."""
    found, around = [], [-1]
    for at, prefix in enumerate(prefixes):
        while around[-1] >= 0 and not prefix.startswith(prefixes[around[-1]]):
            around.pop()
        found.append(around[-1])
        around.append(at)
    return found
