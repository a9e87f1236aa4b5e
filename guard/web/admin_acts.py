"""The acts on a user: what the page of each says before anything is done, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guard.web.texts import gettext as _


@dataclass(frozen=True, slots=True)
class Act:
    """An act on somebody: what its page says, what its button says, and the word for what was done."""

    heading: str
    told: tuple[str, ...]
    button: str
    done: str


def acts() -> Mapping[str, Act]:
    """Every act, by the end of its address."""
    return {**_whole(), **_parts()}


def _whole() -> dict[str, Act]:
    """What is done to the account."""
    return {
        "disable": Act(
            _("Disable %(name)s?"),
            (
                _("They are signed out at once, and cannot sign in again."),
                _(
                    "Their API keys are refused from now on. They are not revoked: enabling the user makes them work again."
                ),
                _("Conversations and records stay."),
            ),
            _("Disable"),
            "disabled",
        ),
        "enable": Act(
            _("Enable %(name)s again?"),
            (
                _("They can sign in again, with the roles that they had."),
                _("Their API keys that are neither revoked nor expired work again. Revoke those that should not."),
            ),
            _("Enable"),
            "enabled",
        ),
    }


def _parts() -> dict[str, Act]:
    """What is done to what somebody signs in with."""
    return {
        "password": Act(
            _("Give %(name)s a new password?"),
            (
                _("The old password stops working and they are signed out everywhere. A second factor stays."),
                _(
                    "The new one is shown to you once. They are told so, and have to choose their own when they sign in with it."
                ),
                _("The record says that it was you."),
            ),
            _("Reset the password"),
            "",
        ),
        "sign-out": Act(
            _("Sign %(name)s out everywhere?"),
            (_("All their sessions end. They can sign in again; their API keys go on working."),),
            _("Sign out everywhere"),
            "signed-out",
        ),
        "second-factor": Act(
            _("Take the second factor of %(name)s away?"),
            (
                _("Until they set up another one, their password alone lets in whoever has it."),
                _("Their recovery codes go too, and they are signed out everywhere."),
                _("Make sure that it is really them who ask."),
            ),
            _("Take the second factor away"),
            "second-factor",
        ),
        "unlock": Act(
            _("Let %(name)s try again?"),
            (_("Too many wrong passwords or codes have locked them out. Their password stays as it is."),),
            _("Unlock"),
            "unlocked",
        ),
    }


def done_texts() -> Mapping[str, str]:
    """What to say after an act."""
    return {
        "added": _("Added. It has no password: make an API key for it."),
        "roles": _("The roles were changed. They count from the next request on."),
        "disabled": _("Disabled. Sessions have ended, and keys are refused."),
        "enabled": _("Enabled."),
        "signed-out": _("Signed out everywhere."),
        "second-factor": _("The second factor is gone."),
        "unlocked": _("Unlocked."),
    }
