"""Every number with a right check is found, wherever it stands; with one digit changed its score is lower."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.model import Span
from guard.redact.chinese import ChineseDetector
from tests.eval.chinese_values import VALUES

CHECKED = ("ID", "IDG", "CARD", "USCC", "HK", "TW")
SHAPED = (*CHECKED, "ID15", "MOB", "TEL", "PASS", "PLATE", "MIL", "MAIL")
AROUND = st.sampled_from(["", "看", "，", "（", "号码：", "我的是", "\n", "“", "是"])


async def found(text: str, entity_type: str) -> list[Span]:
    (spans,) = await ChineseDetector().detect([text])
    return [span for span in spans if span.entity_type == entity_type]


@pytest.mark.parametrize("kind", SHAPED)
@given(seed=st.integers(0, 2**32), before=AROUND, after=st.sampled_from(["", "。", "谢谢", "，好", "）", "\n"]))
async def test_it_is_found_wherever_it_stands(kind: str, seed: int, before: str, after: str) -> None:
    entity_type, invent = VALUES[kind]
    value = invent(random.Random(seed))
    text = f"你好{before}{value}{after}"
    start = 2 + len(before)
    assert any(s.start <= start and s.end >= start + len(value) for s in await found(text, entity_type))


@pytest.mark.parametrize("kind", CHECKED)
@given(seed=st.integers(0, 2**32), step=st.integers(1, 9), data=st.data())
async def test_with_one_digit_changed_its_score_is_lower(kind: str, seed: int, step: int, data: st.DataObject) -> None:
    entity_type, invent = VALUES[kind]
    value = invent(random.Random(seed))
    # Behind the beginning, which says what kind of number it is. The Taiwanese check misses some changes of an inner digit
    # (its weights have factors in common with 10), none of the last.
    places = [i for i, c in enumerate(value) if c.isdecimal() and i >= 2]
    at = places[-1] if kind == "TW" else data.draw(st.sampled_from(places))
    changed = value[:at] + str((int(value[at]) + step) % 10) + value[at + 1 :]
    right = max(span.score for span in await found(f"看{value}。", entity_type))
    assert max((span.score for span in await found(f"看{changed}。", entity_type)), default=0.0) < right
