"""Links. Bare hosts only under the large generic domains: `setup.py` and `node.js` are no links."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_TAIL = r"[^\s<>\"'`\\\[\]{}|^]*[^\s<>\"'`\\\[\]{}|^.,;:!?)*_]"


def url() -> Recognizer:
    """`scheme://…`, `www.…`, and bare hosts of com, org, net, edu, gov, info and biz with an optional path."""
    return Shapes(
        "URL",
        [
            shape(rf"(?<![a-z0-9])(?:https?|ftps?|sftp|wss?)://{_TAIL}/?", 0.8),
            shape(r"(?<![\w@.-])www\d?\.[a-z0-9-]{1,63}\.[a-z]{2,24}(?:[/?#]" + _TAIL + ")?/?", 0.75),
            shape(
                r"(?<![\w@./-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|org|net|edu|gov|info|biz)"
                r"(?:\.[a-z]{2})?(?![\w-])(?:[/?#]" + _TAIL + ")?/?",
                0.55,
            ),
        ],
    )
