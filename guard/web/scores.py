"""What the pages of profiles show: thresholds with how many recorded scores reach them, entity types with how often."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from guard.errors import InvalidRequestError
from guard.model import PLACEHOLDERS
from guard.policy.bundle import THRESHOLDS, Bundle
from guard.policy.observed import Observed, Part, bars, reaching
from guard.policy.profile_edits import ACTIONS, TABLES
from guard.web.texts import gettext as _

_NUMBER = re.compile(r"(?:0?\.[0-9]{1,4}|1(?:\.0{1,4})?)")
_STEPS = 20


def number(text: str) -> float | None:
    """A threshold: over 0 and up to 1, with at most four decimals; `None`: it is none."""
    found = float(text) if _NUMBER.fullmatch(text.strip()) else 0.0
    return found or None


def typed(text: str) -> float:
    """A threshold that somebody typed. Raises InvalidRequestError."""
    found = number(text)
    if found is None:
        raise InvalidRequestError(wanted())
    return found


def wanted() -> str:
    """What a threshold is."""
    return _("A threshold is a number over 0 and up to 1, such as 0.45.")


def part_of(text: str) -> Part:
    """Whether answers or prompts are asked for."""
    return "prompt" if text == "prompt" else "answer"


def moderation(bundle: Bundle, name: str, seen: Observed, under: str | None, form: Mapping[str, str]) -> dict[str, Any]:
    """The thresholds of a profile and the scores beside them.

    Args:
        under: the profile whose chats are counted; `None`: all chats.
        form: thresholds and levels that were typed, by the names of their fields, or by a category alone.

    What was typed and is no threshold stays in its field, and its row is `wrong`.
    """
    known = tomllib.loads(bundle.files[THRESHOLDS])
    own = tomllib.loads(bundle.files[f"moderation/{name}.toml"])
    rows = list(_rows(bundle, name, known, own, seen, under, form))
    return {"rows": rows, "pictures": list(_pictures(known, rows, seen, under))}


def _rows(
    bundle: Bundle,
    name: str,
    known: Mapping[str, Mapping[str, float]],
    own: Mapping[str, Any],
    seen: Observed,
    under: str | None,
    form: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    asked: set[str] = set()
    for table in TABLES:
        for category, levels in known.items():
            level = own.get(table, {}).get(category, "")
            part: Part = "prompt" if table == "prompt" else "answer"
            counts = seen.of(under, part, category)
            now, chosen = levels.get(level), form.get(f"level:{table}:{category}", level)
            field = f"at:{category}.{level}"
            text = form.get(field, form.get(category) if table == "withhold" else None)
            read = now if text is None or now is None else number(text)
            would = levels.get(chosen) if chosen != level else read
            yield {
                "table": table,
                "part": part,
                "category": category,
                "level": chosen,
                "levels": list(levels),
                "field": field if level and field not in asked else "",
                "now": now,
                "would": would,
                "text": now if text is None else text,
                "wrong": now is not None and read is None,
                "reached": None if now is None else reaching(counts, now),
                "would_reach": None if would is None else reaching(counts, would),
                "total": counts.total(),
                "shared": _sharing(bundle, name, category, level) if level else [],
            }
            asked.add(field)


def _sharing(bundle: Bundle, name: str, category: str, level: str) -> list[str]:
    """Other profiles that use this level of the category."""
    found = []
    for other in bundle.moderation:
        read = tomllib.loads(bundle.files[f"moderation/{other}.toml"])
        if other != name and level in [read.get(table, {}).get(category) for table in TABLES]:
            found.append(other)
    return found


def _pictures(
    known: Mapping[str, Mapping[str, float]], rows: list[dict[str, Any]], seen: Observed, under: str | None
) -> Iterator[dict[str, Any]]:
    for category in known:
        for part in ("answer", "prompt"):
            counts = seen.of(under, part_of(part), category)
            if not counts:
                continue
            lines = [
                row["would"] for row in rows if (row["category"], row["part"]) == (category, part) and row["would"]
            ]
            query = [
                ("category", category),
                ("part", part),
                ("profile", under or ""),
                *(("at", each) for each in lines),
            ]
            steps = [(n / _STEPS, (n + 1) / _STEPS, count) for n, count in enumerate(bars(counts, _STEPS)) if count]
            yield {
                "category": category,
                "part": part,
                "total": counts.total(),
                "lines": lines,
                "address": "/policies/scores.svg?" + urlencode(query),
                "steps": steps,
            }


def redaction(bundle: Bundle, name: str, seen: Observed, under: str | None, form: Mapping[str, str]) -> dict[str, Any]:
    """The entity types of a profile: what is done with them, and how often they were found."""
    profile = bundle.redaction[name]
    rows = []
    for group, types in bundle.entities.items():
        for entity_type in types:
            had = profile.actions.get(entity_type, "")
            found = seen.found(under, entity_type)
            rows.append(
                {
                    "type": entity_type,
                    "group": group,
                    "now": had,
                    "action": form.get(f"type:{entity_type}", had),
                    "operator": profile.operators.get(entity_type, PLACEHOLDERS),
                    "requests": found.requests,
                    "times": found.times,
                }
            )
    return {"rows": rows, "actions": ACTIONS, "other": profile.other}
