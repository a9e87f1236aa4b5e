"""Static files under content-hash addresses, so that browsers may keep them for ever; and the templates."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import StrictUndefined
from starlette.responses import FileResponse, Response
from starlette.templating import Jinja2Templates

from guard.errors import NotFoundError

FOLDER = Path(str(files("guard.web")))
STATIC = FOLDER / "static"

templates = Jinja2Templates(directory=FOLDER / "templates")
templates.env.undefined = StrictUndefined


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]


def asset(name: str) -> str:
    """The address of a static file."""
    return f"/static/{name}?v={_version(name)}"


templates.env.globals["asset"] = asset


def static(name: str, version: str | None) -> Response:
    """A static file, to be kept for ever if it is asked for by its version: a module that another imports by its plain
    name must not stay when that other one is new. Raises NotFoundError."""
    path = STATIC / name
    # Only names that lie directly in the folder: no way out of it.
    if path.parent != STATIC or not path.is_file():
        raise NotFoundError
    kept = "public, max-age=31536000, immutable" if version == _version(name) else "no-cache"
    return FileResponse(path, headers={"cache-control": kept})
