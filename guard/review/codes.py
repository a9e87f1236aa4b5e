"""The closed lists of reviewing: what reasons, times, queues and dispositions there are. Records hold these codes."""

from __future__ import annotations

from typing import Final

REASONS: Final = ("complaint", "legal", "security", "safety", "quality", "access")
"""Why somebody asks for a reveal. `access`: the person themselves asked what is held of them."""

MINUTES: Final = (15, 60, 240, 1440)
"""How long a reveal can be seen once it is granted."""

QUEUES: Final = ("withheld", "blocked", "reveals", "sample")

DISPOSITIONS: Final[dict[str, tuple[str, ...]]] = {
    "withheld": ("correct", "wrong_alarm", "escalated", "policy_change"),
    "blocked": ("correct", "wrong_alarm", "escalated", "policy_change"),
    "reveals": ("justified", "unjustified", "escalated", "policy_change"),
    "sample": ("correct", "missed", "wrong_alarm", "escalated", "policy_change"),
}
"""What a case of each queue can be closed with."""

WITHOUT_REASON: Final = frozenset({"correct", "justified"})
"""Dispositions that need no words; all others do."""

LONGEST_TEXT: Final = 4_000
