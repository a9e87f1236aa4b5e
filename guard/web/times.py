"""Times as people read them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from guard.web.texts import gettext as _


def moment(milliseconds: int) -> str:
    """A time, to the second."""
    return _told(milliseconds, "%Y-%m-%d %H:%M:%S UTC")


def minute(milliseconds: int) -> str:
    """A time, to the minute; its reader is told elsewhere that it is UTC."""
    return _told(milliseconds, "%Y-%m-%d %H:%M")


def _told(milliseconds: int, form: str) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):  # A record may hold any number.
        return _("no time")
