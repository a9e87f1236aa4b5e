"""What an inspector is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from guard.model import ModerationProfile, Verdict


class Inspector(Protocol):
    """Judges the redacted new texts of a prompt."""

    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        """Return the worst verdict over the texts.

        Raises PromptBlockedError when a category reaches the profile's `prompt` threshold (its `scores` attribute
        holds the probabilities), ClassifierError, OverloadedError.
        """
        ...
