"""What a check of a policy reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `code` is stable, `place` is file and line."""

    severity: Severity
    code: str
    place: str
    message: str
