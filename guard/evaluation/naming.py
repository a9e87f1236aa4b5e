"""Names of entity types: what a set calls them to what Guard calls them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from guard.errors import InvalidRequestError
from guard.model import Span

USUAL: Mapping[str, str] = {
    "PER": "PERSON", "NAME": "PERSON", "FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "PATIENT": "PERSON",
    "ORG": "ORGANIZATION", "COMPANY": "ORGANIZATION", "CORPORATION": "ORGANIZATION", "HOSPITAL": "ORGANIZATION",
    "LOC": "LOCATION", "GPE": "LOCATION", "FAC": "LOCATION", "CITY": "LOCATION", "COUNTRY": "LOCATION",
    "ADDRESS": "STREET_ADDRESS",
    "DATE": "DATE_TIME", "TIME": "DATE_TIME", "DATETIME": "DATE_TIME", "DATE_OF_BIRTH": "DATE_TIME",
    "NORP": "NRP", "NATIONALITY": "NRP",
    "PHONE": "PHONE_NUMBER", "EMAIL": "EMAIL_ADDRESS", "IBAN": "IBAN_CODE", "SSN": "US_SSN", "ZIP": "ZIP_CODE",
    "DOMAIN": "URL", "DOMAIN_NAME": "URL", "PREFIX": "TITLE",
}  # fmt: skip
"""Names that sets use for what Presidio, and so Guard, calls otherwise. Others stay as they are."""


@dataclass(frozen=True, slots=True)
class Names:
    """A map of type names, for both sides: what the set says and what was found.

    Args:
        types: name to name, or to "", which leaves that type out altogether.
        only: the types that are looked at, in the names that the map gives; empty: all.
    """

    types: Mapping[str, str] = field(default_factory=lambda: USUAL)
    only: frozenset[str] = frozenset()

    def of(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """The spans under these names, those that are left out excepted."""
        named = ((span, self.name(span.entity_type)) for span in spans)
        return tuple(replace(span, entity_type=name) for span, name in named if name)

    def name(self, entity_type: str) -> str:
        """The name of a type, "" when it is left out."""
        # Sets write `person`, `Person` and `PERSON`; Presidio's names are in capitals.
        folded = entity_type.upper().replace("-", "_").replace(" ", "_")
        name = self.types.get(entity_type, self.types.get(folded, folded))
        return name if not self.only or name in self.only else ""


def read_names(file: Path | None, only: Iterable[str] = ()) -> Names:
    """The usual names, with those of a TOML file over them: `GPE = "LOCATION"`, `TITLE = ""`.

    Raises InvalidRequestError.
    """
    own: dict[str, object] = {}
    if file is not None:
        try:
            own = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InvalidRequestError("The map of type names is not a TOML file.", reason_id="evaluation_map") from None
    types = {name: str(to) for name, to in own.items() if isinstance(to, str)}
    if len(types) < len(own):
        raise InvalidRequestError(
            'The map of type names holds something else than lines such as `GPE = "LOCATION"`.',
            reason_id="evaluation_map",
        )
    return Names({**USUAL, **types}, frozenset(only))
