"""Personal data in Chinese text: what has a check is found with it, what is another number is let pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guard.errors import DetectorError
from guard.model import Span
from guard.policy.profiles import ENTITIES
from guard.redact.chinese import ChineseDetector
from guard.redact.recognizers import chinese_contact, chinese_identity
from tests.eval.chinese import LABELLED, figures, made, read

ROOT = Path(__file__).parents[3]
ID = "11010519491231002X"
"""The example of GB 11643 itself."""


async def found(text: str) -> list[Span]:
    (spans,) = await ChineseDetector().detect([text])
    return spans


async def score(text: str, entity_type: str) -> float:
    return max((span.score for span in await found(text) if span.entity_type == entity_type), default=0.0)


def test_the_set_is_what_its_generator_makes() -> None:
    assert read() == list(made())
    assert len(read()) == 200


async def test_every_structured_identifier_of_the_set_is_found_and_nothing_else_is() -> None:
    rows = read()
    report = figures(rows, await ChineseDetector().detect([row["text"] for row in rows]))
    structured = {t: row for t, row in report["recall"].items() if t not in LABELLED | {"IP_ADDRESS"}}
    assert len(structured) >= 14
    assert {t: row["recall"] for t, row in structured.items() if row["recall"] < 1} == {}
    assert {t: row["same_type"] for t, row in structured.items() if row["same_type"] < 1} == {}
    assert report["alarms"] == {}


async def test_labelled_names_and_addresses_of_the_set_are_found() -> None:
    rows = read()
    recall = figures(rows, await ChineseDetector().detect([row["text"] for row in rows]))["recall"]
    assert {t for t in LABELLED if recall[t]["recall"] < 0.95} == set()


@pytest.mark.parametrize(
    ("right", "wrong", "entity_type"),
    [
        (f"身份证{ID}", "身份证110105194912310021", "CN_ID_CARD"),
        (f"看{ID}", "看110105194912310021", "CN_ID_CARD"),
        ("看6222021234567890128", "看6222021234567890127", "CREDIT_CARD"),
        ("税号91350100M000100Y43", "税号91350100M000100Y44", "CN_SOCIAL_CREDIT_CODE"),
        ("看A123456(3)", "看A123456(4)", "HK_ID_CARD"),
        ("看A123456789", "看A123456788", "TW_ID_CARD"),
    ],
    ids=["id-labelled", "id", "bank-card", "credit-code", "hong-kong", "taiwan"],
)
async def test_a_wrong_check_lowers_the_score(right: str, wrong: str, entity_type: str) -> None:
    if entity_type == "CREDIT_CARD":
        assert await score(right, entity_type) >= 0.5
    assert await score(right, entity_type) > await score(wrong, entity_type)


async def test_a_mistyped_id_card_is_still_redacted() -> None:
    assert await score("身份证110105194912310021", "CN_ID_CARD") >= 0.5


@pytest.mark.parametrize(
    "text",
    ["订单号110105999931310022", "订单号202403051022310088", "流水号110105194912310021", "批号20240101，共300件", "我是学生",
     "高中老师很忙", "班主任来了", "汇总数据", "IP地址不可用", "患者应卧床休息", "我老家很漂亮", "学校很可怕"],
)  # fmt: skip
async def test_it_lets_pass(text: str) -> None:
    assert await found(text) == []


@pytest.mark.parametrize(
    ("entity_type", "marked"),
    [
        ("CN_ID_CARD", "身份证号：{１１０１０５１９４９１２３１００２Ｘ}。"),
        ("CN_ID_CARD", "号码{110105 19491231 002x}，谢谢"),
        ("CN_ID_CARD", "my number is {11010519491231002X} thanks"),
        ("PHONE_NUMBER", "reach me at {+86 138 0013 8000} please"),
        ("PHONE_NUMBER", "电话{０１０－８８８８８８８８}"),
        ("PHONE_NUMBER", "订单号123，手机{13800138000}"),
        ("PHONE_NUMBER", "座机{010-88888888转802}"),
        ("CN_VEHICLE_PLATE", "他的{京AD12345}停在门口"),
        ("CN_VEHICLE_PLATE", "{粤Z1234港}过关"),
        ("EMAIL_ADDRESS", "我的邮箱{ada@example.com}谢谢"),
        ("PERSON", "姓名：{欧阳娜娜}，女"),
        ("PERSON", "联系人：{阿依古丽·买买提}"),
        ("PERSON", "收件人 {李明}"),
        ("PERSON", "请{王}先生来一下"),
        ("PERSON", "我叫{张小伟}今年三十"),
        ("STREET_ADDRESS", "我住{上海市徐汇区漕溪北路8号3栋501室}，快来"),
        ("STREET_ADDRESS", "住址：{湖南省长沙市岳麓区}"),
        ("ORGANIZATION", "就职于{北京云帆科技有限公司}"),
        ("DATE_TIME", "生于{一九九〇年一月二日}"),
        ("AGE", "她{35岁}了"),
    ],
)
async def test_it_finds(entity_type: str, marked: str) -> None:
    before, _, rest = marked.partition("{")
    value, _, after = rest.rpartition("}")
    spans = [span for span in await found(before + value + after) if span.entity_type == entity_type]
    assert any(s.start <= len(before) and s.end >= len(before) + len(value) for s in spans)
    assert all(span.explanation and span.explanation.pattern for span in spans)


async def test_a_span_says_why() -> None:
    (span,) = [s for s in await found(f"身份证号{ID}") if s.score == 1.0]
    assert span.explanation is not None
    assert (span.explanation.check, span.explanation.context) == ("region+birthday+mod11-2", "身份证")


async def test_english_text_is_left_alone_where_it_is_told_so() -> None:
    assert await ChineseDetector(everywhere=False).detect([f"my number is {ID}"]) == [[]]


def test_every_type_is_in_a_group_of_the_policy() -> None:
    import tomllib

    groups = tomllib.loads((ROOT / "policies" / ENTITIES).read_text(encoding="utf-8"))
    there = {entity_type for types in groups.values() for entity_type in types}
    # Known to the shapes of other languages as well, and in no group: what is in none is redacted.
    ours = {shape.entity_type for shape in (*chinese_identity.SHAPES, *chinese_contact.SHAPES)} - {"ID", "VIN"}
    assert ours - there == set()


@pytest.mark.parametrize(
    "unit", ["北京市", "姓名：张", "1", "6 ", "号楼", "区县市路", "A1", "住在东", "王先生", "·", "省市区路1号"]
)
async def test_text_made_to_be_slow_is_scanned(unit: str) -> None:
    """It ends: a pattern that is not linear would take hours, and the time limit of the tests ends it."""
    await found(("中" + unit * 40_000)[:40_000])


async def test_what_it_raises_holds_no_text() -> None:
    with pytest.raises(DetectorError) as caught:
        await ChineseDetector().detect([b"secretive"])  # type: ignore[list-item]
    assert "secretive" not in str(caught.value)


def test_the_document_says_what_is_true() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs/explain/languages.md").read_text(encoding="utf-8"), re.S)
    assert code
    exec(compile(code.group(1), "languages.md", "exec"), {})
