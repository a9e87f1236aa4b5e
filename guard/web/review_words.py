"""What the pages of reviewing share: the codes in words, times, and the ways between the pages."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from guard.clock import now
from guard.model import Principal
from guard.review.codes import DISPOSITIONS, MINUTES
from guard.web import told
from guard.web.desk import page, services
from guard.web.texts import gettext as _
from guard.web.texts import ngettext
from guard.web.times import moment

DOCS = "https://github.com/guard-gateway/guard/blob/main/docs/"


def reasons() -> dict[str, str]:
    """Why somebody asks for a reveal."""
    return {
        "complaint": _("A complaint or a question of the person"),
        "legal": _("A legal obligation or a claim"),
        "security": _("A security incident"),
        "safety": _("Somebody may be in danger"),
        "quality": _("To see whether detection or moderation was right"),
        "access": _("The person asked what is held of them"),
    }


def durations() -> dict[int, str]:
    """How long a reveal can be seen."""
    return {minutes: duration(minutes) for minutes in MINUTES}


def queues() -> dict[str, str]:
    """The queues."""
    return {
        "withheld": _("Withheld answers"),
        "blocked": _("Blocked prompts"),
        "reveals": _("Reveals"),
        "sample": _("Random sample"),
    }


def dispositions(queue: str) -> dict[str, str]:
    """What a case of a queue can be closed with."""
    words = {
        "correct": _("Correct: Guard did what it should"),
        "wrong_alarm": _("Wrong alarm: it should have passed"),
        "missed": _("Missed: it should have been stopped or taken out"),
        "justified": _("Justified"),
        "unjustified": _("Not justified"),
        "escalated": _("Escalated: others go on with it"),
        "policy_change": _("The policy has to change"),
    }
    return {code: words[code] for code in DISPOSITIONS[queue]}


def states() -> dict[str, str]:
    """The states of a reveal."""
    return {
        "asked": _("Waits for a decision"),
        "granted": _("Granted"),
        "expired": _("Its time is over"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }


def duration(minutes: int) -> str:
    """A length of time in its largest whole unit."""
    if minutes >= 2880 or minutes == 1440:
        return ngettext("%(num)d day", "%(num)d days", minutes // 1440) % {"num": minutes // 1440}
    if minutes % 60 == 0 and minutes >= 60:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60) % {"num": minutes // 60}
    return ngettext("%(num)d minute", "%(num)d minutes", minutes) % {"num": minutes}


def age(since: int) -> str:
    """How long ago something was."""
    minutes = max(1, (now() - since) // 60_000)
    return duration(minutes if minutes < 120 else minutes // 60 * 60)


def tabs(request: Request, actor: Principal) -> list[tuple[str, str]]:
    """Address and title of the pages of reviewing that somebody may open."""
    built = services(request)
    found = []
    if built.review.may(actor, "audit"):
        found += [("/review", _("Records")), ("/review/live", _("Live"))]
    if built.queues.may(actor):
        found.append(("/review/queues", _("Queues")))
    if built.reveals.may(actor, "ask") or built.reveals.may(actor, "grant"):
        found.append(("/review/reveals", _("Reveals")))
    return found


def review_page(request: Request, actor: Principal, template: str, status: int = 200, **context: Any) -> Response:
    """A page of reviewing."""
    around = {
        "actor": actor,
        "tabs": tabs(request, actor),
        "told": told,
        "moment": moment,
        "age": age,
        "docs": DOCS,
        "problem": "",
    }
    return page(request, template, status, **around | context)


def number(text: str) -> int | None:
    """A whole number of an address or a form that databases take; `None` for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
