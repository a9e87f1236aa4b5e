"""Numbers of patients, insurances and prescriptions, after their labels: by themselves they look like any number."""

from __future__ import annotations

from guard.redact.recognizers.identity import has_digit, labelled
from guard.redact.recognizers.shape import Shape


def _after(entity: str, words: str, country: str = "") -> Shape:
    return Shape(
        entity,
        labelled(words),
        0.2,
        checked=0.8,
        validate=has_digit,
        check="has a digit",
        country=country,
        name="labelled",
    )


SHAPES = (
    _after("MEDICAL_RECORD", "mrn|medical record|patient(?: id)?|health insurance|insurance policy"),
    _after("US_HEALTH_INSURANCE_MEMBER_ID", "(?:health )?(?:plan|insurance)? ?(?:member|subscriber)(?: id)?", "us"),
    _after("US_CLAIM_NUMBER", "(?:medical |healthcare )?claim", "us"),
    _after("US_PRIOR_AUTHORIZATION_NUMBER", "prior auth(?:orization)?|pre-?auth(?:orization)?", "us"),
    _after("US_REFERRAL_NUMBER", "(?:infusion )?referral", "us"),
    _after("US_PRESCRIPTION_NUMBER", "rx|prescription", "us"),
    _after("US_PROVIDER_TAX_ID", "provider (?:tax ?id|tin|ein)", "us"),
)
