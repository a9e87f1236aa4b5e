"""What a shape in Chinese text is, and how the words around it move its score.

Chinese text puts no space between a label and its value, and one line often holds several labels with their values. So
of the words before a match the nearest one counts: `订单号…，手机号…` is an order number and then a telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guard.model import Explanation, Span

BEFORE = 16
"""Characters before a match in which its words count."""

AFTER = 6
"""And after it: `13800138000是我的手机`."""

DIGIT_START = r"(?<![0-9A-Za-z])(?<![0-9]\.)"
DIGIT_END = r"(?![0-9A-Za-z])(?!\.[0-9])"
"""The ends of a number or a mark of letters and digits. Han characters may stand next to it."""

OTHER_NUMBERS = (
    r"订单|单号|运单|快递|流水|编号|编码|型号|货号|批号|批次|条码|条形码|串号|序列号|序号|版本|金额|合计|"
    r"总额|价格|单价|"
    r"库存|数量|时间戳|工单|合同号|案号|文号|商品|产品|物料|IMEI|ISBN|ISSN|DOI|SKU|SN|trace|order|id="
)
"""Labels of numbers that belong to no person."""

_OTHER_NUMBERS = re.compile(OTHER_NUMBERS, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChineseShape:
    """One pattern of one entity type.

    Args:
        name: for the explanation. entity_type: Presidio's style.
        pattern: linear-time expression; the group `v`, where there is one, is the value.
        score: of a match by itself.
        check: name and function of the check; `right` and `wrong` are the scores of a match that it accepts and refuses.
        context: words that, beside the match, raise the score to `near`; after a failed check to a little less.
        doubtful: the check is so weak that the label of another number beside the match outweighs it.
        anywhere: looked for in text without a Chinese character as well.
    """

    name: str
    entity_type: str
    pattern: re.Pattern[str]
    score: float
    check: tuple[str, Callable[[str], bool]] | None = None
    right: float = 0.95
    wrong: float = 0.3
    context: re.Pattern[str] | None = None
    near: float = 0.9
    doubtful: bool = True
    anywhere: bool = False

    def find(self, text: str) -> Iterator[Span]:
        """All matches in the text, each with its explanation."""
        for match in self.pattern.finditer(text):
            start, end = match.span("v") if "v" in self.pattern.groupindex else match.span()
            score, explanation = self._judge(text, start, end)
            yield Span(start, end, self.entity_type, score, f"chinese/{self.name}", explanation)

    def _judge(self, text: str, start: int, end: int) -> tuple[float, Explanation]:
        score, check, passed = self.score, "", False
        if self.check:
            passed = self.check[1](text[start:end])
            check = self.check[0] if passed else f"!{self.check[0]}"
            score = self.right if passed else self.wrong
        word, other = self._beside(text, start, end)
        if other:
            score = score if passed and not self.doubtful else min(score, 0.3)
        elif word:
            score = max(score, self.near - (0.1 if check and not passed else 0.0))
        return round(score, 2), Explanation(self.name, self.score, check, word)

    def _beside(self, text: str, start: int, end: int) -> tuple[str, bool]:
        """The nearest label before the match, else one after it, and whether it is of another kind of number."""
        before = text[max(0, start - BEFORE) : start]
        other = _last(_OTHER_NUMBERS, before)
        own = _last(self.context, before) if self.context else None
        if own and (not other or own.end() >= other.end()):
            return own.group(), False
        if other and "v" not in self.pattern.groupindex:
            return other.group(), True
        after = self.context.search(text, end, end + AFTER) if self.context else None
        return (after.group(), False) if after else ("", False)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=lambda match: match.end(), default=None)


def words(expression: str) -> re.Pattern[str]:
    """Words of context: alternatives, upper and lower case alike."""
    return re.compile(expression, re.IGNORECASE)
