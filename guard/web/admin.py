"""What the pages under `/admin` share: who may see which of them, and a page with the way between them."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from guard.errors import PermissionDeniedError
from guard.model import Principal
from guard.services import Admin
from guard.web import shown as _filters  # noqa: F401  (the templates use its filters)
from guard.web.assets import templates
from guard.web.desk import page, services, signed_in
from guard.web.texts import gettext as _

ADDRESSES = {
    "users": "/admin/users",
    "apikeys": "/admin/api-keys",
    "generators": "/admin/generators",
    "keys": "/admin/keys",
    "health": "/admin/health",
}


class Desk:
    """A signed-in person before the administration."""

    def __init__(self, request: Request, actor: Principal) -> None:
        self.request, self.actor = request, actor
        self.admin: Admin = services(request).admin

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page that knows who looks at it and where else they may go."""
        titles = {
            "users": _("Users"),
            "apikeys": _("API keys"),
            "generators": _("Generators"),
            "keys": _("Encryption keys"),
            "health": _("System"),
        }
        sections = [(ADDRESSES[name], titles[name]) for name in self.admin.sections(self.actor)]
        around = {"actor": self.actor, "sections": sections, "problem": None}
        return page(self.request, template, status, **around | context)

    def home(self) -> Response:
        """The first page that this person may see. Raises PermissionDeniedError when there is none."""
        sections = self.admin.sections(self.actor)
        if not sections:
            raise PermissionDeniedError("Your roles do not include a right to administer anything.")
        return RedirectResponse(ADDRESSES[sections[0]], 303)


async def desk(request: Request) -> Desk:
    """The desk of whoever asks. Raises AuthenticationError."""
    return Desk(request, await signed_in(request))


def size(count: int) -> str:
    """Bytes as people read them."""
    number = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


templates.env.filters["size"] = size
