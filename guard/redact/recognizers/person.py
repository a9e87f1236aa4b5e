"""Names where the words around them say that a name follows. The named-entity model finds the others."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_PART = r"(?:[\p{Lu}][\p{L}\p{M}'’-]{1,30}|[\p{Lu}]\.)"
_FULL = rf"{_PART}(?: (?:(?:van|von|der|den|de|da|di|del|della|la|le|bin|ibn|al|el|y) ){{0,2}}{_PART}){{0,3}}"


def person() -> Recognizer:
    """After `my name is`, `I am`, titles, salutations and `name:`; a label takes a name in lower case too."""
    return Shapes(
        "PERSON",
        [
            shape(rf"(?i:\b(?:my|his|her|the|their|whose) (?:full |first |last |user)?name(?:'s| is| was)) (?P<value>{_FULL})", 0.85, 0),
            shape(rf"(?i:\b(?:I am|I'm|I’m|call me|named|name's)) (?P<value>{_PART} (?:[\p{{Lu}}]\. )?{_PART})", 0.6, 0),
            shape(rf"\b(?i:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|dame|herr|frau|monsieur|madame)\.? (?P<value>{_FULL})", 0.75, 0),
            shape(rf"(?m:^)[ ]*(?i:dear|hi|hello|hey) (?P<value>(?!All|Team|Sir|Madam|Everyone|There|Hiring|Mr|Mrs|Ms|Dr){_FULL})(?=[,!.:\n])", 0.6, 0),
            shape(
                rf"(?<![\w])(?i:(?:full |first |last |family |given |customer |patient |client |contact |employee |account |card)?(?:name|holder|surname))"
                rf"[ ]*:[ ]*(?P<value>{_FULL})",
                0.75,
                0,
            ),
            shape(rf"(?i:\b(?:kind regards|best regards|regards|sincerely|yours|cheers|thanks|signed)),?[ ]*\n+[ ]*(?P<value>{_FULL})[ ]*(?=\n|$)", 0.7, 0),
        ],
    )
