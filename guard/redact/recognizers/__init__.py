"""What has a shape of its own: one file a kind. None of it needs a model."""

from __future__ import annotations

from guard.redact.recognizers import address, contact, finance, identity, medical, national

SHAPES = (
    *contact.SHAPES,
    *finance.SHAPES,
    *identity.SHAPES,
    *medical.SHAPES,
    *national.SHAPES,
    *address.SHAPES,
)
"""All shapes."""
