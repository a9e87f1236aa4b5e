"""The detector of personal data in Chinese text: shapes, labels and structure, no model.

It looks at every text that holds a Chinese character, whatever language the rest is in. In other texts it looks for ID
cards, mobile numbers with +86 and social credit codes, where `everywhere` says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from guard.model import Span
from guard.redact.recognizers import chinese_contact, chinese_identity, chinese_names, chinese_places
from guard.redact.scanned import scanned

THRESHOLD = 0.5
"""Matches with a lower score are dropped."""

HAN = re.compile("[\u3001-\u303f\uff01-\uff5e\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""A Chinese character, of Japanese text as well, or punctuation and full-width letters that go with them."""

_LONG = re.compile(r"\d[0-9A-Za-z \-]{10}")
_WIDE = re.compile("[\uff01-\uff5e\u3000]")
_NARROW = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i) not in ",:;!?()"} | {0x3000: 0x20}
_SHAPES = (*chinese_identity.SHAPES, *chinese_contact.SHAPES)
_ANYWHERE = tuple(shape for shape in _SHAPES if shape.anywhere)


class ChineseDetector:
    """Detector over the Chinese shapes.

    Args:
        everywhere: look for the numbers that cannot be mistaken in texts without a Chinese character too.
    """

    def __init__(self, everywhere: bool = True) -> None:
        self._everywhere = everywhere
        self.model_id = "guard-chinese/1" if everywhere else "guard-chinese/1@han"

    async def detect(self, texts: Sequence[str], language: str = "") -> list[list[Span]]:
        """See `Detector`; the language changes nothing, the characters decide."""
        return await scanned(self._spans, texts, inline=2_000)

    async def aclose(self) -> None:
        return None

    def _spans(self, text: str) -> list[Span]:
        if not text.isascii() and HAN.search(text):
            # One character for one: offsets stay.
            plain = text.translate(_NARROW) if _WIDE.search(text) else text
            found = [span for shape in _SHAPES for span in shape.find(plain)]
            found += [*chinese_names.find(plain), *chinese_places.find(plain)]
        elif self._everywhere and _LONG.search(text):
            found = [span for shape in _ANYWHERE for span in shape.find(text)]
        else:
            return []
        return [span for span in found if span.score >= THRESHOLD]
