"""A browser and its system in words, of what it says of itself (`User-Agent`)."""

from __future__ import annotations

from guard.web.texts import gettext as _

# The first that is found counts: most say that they are several others too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-httpx", "Python"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(said: str) -> str:
    """Such as `Firefox on Linux`."""
    browser = next((name for sign, name in _BROWSERS if sign in said), _("Unknown browser"))
    system = next((name for sign, name in _SYSTEMS if sign in said), None)
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
