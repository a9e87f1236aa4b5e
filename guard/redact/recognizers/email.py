"""E-mail addresses. Any domain counts, `example.com` and ones that do not exist included."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_LOCAL = r"[\w!#$%&'*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63}"
_LABEL = r"[^\W_](?:[\w-]{0,62})"


def email() -> Recognizer:
    """`name@host.tld`, also with a quoted local part, and written out as `name (at) host (dot) tld`."""
    return Shapes(
        "EMAIL_ADDRESS",
        [
            shape(rf"(?<![\w.+-])(?P<value>{_LOCAL}@{_LABEL}(?:\.{_LABEL})+)", 0.95),
            shape(rf'(?P<value>"[^"\n]{{1,62}}"@{_LABEL}(?:\.{_LABEL})+)', 0.9),
            shape(
                rf"(?<![\w.+-])(?P<value>[\w.+-]{{1,64}} ?[\[(] ?at ?[\])] ?[\w-]{{1,62}}"
                rf"(?:(?:\.| ?[\[(] ?dot ?[\])] ?)[\w-]{{1,62}}){{1,4}})",
                0.85,
            ),
        ],
    )
