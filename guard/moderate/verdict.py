"""From probabilities to a verdict, by the thresholds of a moderation profile."""

from __future__ import annotations

from collections.abc import Mapping

from guard.model import ModerationProfile, Verdict, VerdictAction


def judge(scores: Mapping[str, float], profile: ModerationProfile) -> Verdict:
    """Compare each category with its thresholds; the worst action decides.

    A category that the profile names and the classifier did not score counts as 1.0: what was not judged does not pass.
    """
    withheld = [c for c, threshold in profile.withhold.items() if scores.get(c, 1.0) >= threshold]
    flagged = [c for c, threshold in profile.flag.items() if scores.get(c, 1.0) >= threshold]
    action: VerdictAction = "withhold" if withheld else "flag" if flagged else "allow"
    return Verdict(dict(scores), tuple(dict.fromkeys((*withheld, *flagged))), action)


def worst(first: Verdict, second: Verdict) -> Verdict:
    """The maximum of each category, all flagged categories, the stricter action."""
    scores = {c: max(first.scores.get(c, 0.0), second.scores.get(c, 0.0)) for c in (*first.scores, *second.scores)}
    order: tuple[VerdictAction, ...] = ("allow", "flag", "withhold")
    action = max(first.action, second.action, key=order.index)
    return Verdict(scores, tuple(dict.fromkeys((*first.flagged, *second.flagged))), action)
