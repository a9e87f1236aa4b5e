"""Numbers by which a person, a company or a vehicle is registered in China, Hong Kong, Macau and Taiwan."""

from __future__ import annotations

import re

from guard.redact.recognizers import chinese_checks as checks
from guard.redact.recognizers.chinese_shape import DIGIT_END, DIGIT_START, ChineseShape, words

PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The characters of the provinces that a number plate begins with."""

_LABEL_END = r"(?:号码|号)?(?:[ ]?[Nn][Oo]\.?)?[ ]?(?:[(（][^)）\n]{0,8}[)）])?[ :：=#是为“\"|\t]{0,4}"
_ID_WORDS = words(r"身份证|身分证|证件|公民|身份号|id ?card|id ?no|id ?number|identity|resident|cert|idcard|身份")
_CARD_WORDS = words(
    r"银行卡|储蓄卡|信用卡|借记卡|贷记卡|卡号|账号|帐号|账户|帐户|银联|[工农建中交招]行|银行|开户|打款|"
    r"转账|汇款|bank|card|account"
)
_PASSPORT_WORDS = words(r"护照|passport|证件|旅行证")
_PERMIT_WORDS = words(r"通行证|回乡证|台胞证|港澳|往来|证件|台湾居民|permit")
_HK_WORDS = words(r"香港身份|香港永久|身份证|身分證|身份證|证件|證件|hkid|id")
_PLATE_WORDS = words(r"车牌|号牌|车号|牌照|车辆|开车|驾驶|停车|轿车|货车|plate")
_CREDIT_WORDS = words(r"社会信用|信用代码|统一代码|税号|纳税人|营业执照|注册号|企业代码|识别号|uscc|tax")

_CREDIT = r"[0-9A-HJ-NP-RTUW-Y]"
_ID_18 = rf"{DIGIT_START}[1-9](?:[ \-]?\d){{16}}[ \-]?[\dXx]{DIGIT_END}"


def _labelled(label: str, value: str) -> re.Pattern[str]:
    return re.compile(rf"(?i:{label}){_LABEL_END}(?P<v>{value})(?![0-9A-Za-z])")


SHAPES = (
    ChineseShape(
        "id_card_18",
        "CN_ID_CARD",
        re.compile(_ID_18),
        0.6,
        check=("region+birthday+mod11-2", checks.id_card),
        right=1.0,
        wrong=0.2,
        context=_ID_WORDS,
        near=1.0,
        doubtful=False,
        anywhere=True,
    ),
    # The check character is wrong and the birthday is right: mistyped more often than something else.
    ChineseShape(
        "id_card_18_birthday",
        "CN_ID_CARD",
        re.compile(_ID_18),
        0.6,
        check=("region+birthday", checks.has_birthday),
        right=0.6,
        wrong=0.0,
        context=_ID_WORDS,
        near=0.7,
    ),
    ChineseShape(
        "id_card_15",
        "CN_ID_CARD",
        re.compile(rf"{DIGIT_START}[1-9](?:[ \-]?\d){{14}}{DIGIT_END}"),
        0.5,
        check=("region+birthday", checks.old_id_card),
        right=0.5,
        wrong=0.0,
        context=_ID_WORDS,
        near=0.85,
    ),
    ChineseShape(
        "bank_card_unionpay",
        "CREDIT_CARD",
        re.compile(rf"{DIGIT_START}62(?:[ \-]?\d){{14,17}}{DIGIT_END}"),
        0.6,
        check=("luhn", checks.bank_card),
        right=0.9,
        wrong=0.55,
        context=_CARD_WORDS,
        near=0.95,
    ),
    ChineseShape(
        "bank_card",
        "CREDIT_CARD",
        re.compile(rf"{DIGIT_START}[345689](?:[ \-]?\d){{15,18}}{DIGIT_END}"),
        0.3,
        check=("luhn", checks.bank_card),
        right=0.6,
        wrong=0.2,
        context=_CARD_WORDS,
        near=0.9,
    ),
    ChineseShape(
        "bank_account",
        "CN_BANK_ACCOUNT",
        _labelled(r"(?:银行|对公|收款|付款|公司|结算)?(?:账号|帐号|账户|帐户)", r"\d(?:[ \-]?\d){8,24}"),
        0.75,
    ),
    ChineseShape(
        "passport",
        "CN_PASSPORT",
        re.compile(
            rf"{DIGIT_START}(?:[EGKDSPegkdsp]\d{{8}}|E[A-HJ-NP-Z]\d{{7}}|[DSP][EPS]?\.?\d{{7}}|MA\d{{7}}|KJ\d{{7}})"
            rf"{DIGIT_END}"
        ),
        0.5,
        context=_PASSPORT_WORDS,
    ),
    ChineseShape("passport_labelled", "CN_PASSPORT", _labelled("护照|passport", r"[A-Z]{1,2}\d{7,8}|1[45]\d{7}"), 0.85),
    ChineseShape(
        "travel_permit",
        "CN_TRAVEL_PERMIT",
        re.compile(rf"{DIGIT_START}(?:[HMhm]\d{{8}}(?:\d\d)?|[CWTLcwtl]\d{{8}}|C[A-HJ-NP-Z]\d{{7}}){DIGIT_END}"),
        0.4,
        context=_PERMIT_WORDS,
    ),
    ChineseShape(
        "taiwan_permit",
        "CN_TRAVEL_PERMIT",
        _labelled("台胞证|台湾居民来往大陆通行证|台湾通行证", r"\d{8}(?:\d\d(?:\([A-Z]\))?)?"),
        0.85,
    ),
    ChineseShape(
        "hong_kong_id",
        "HK_ID_CARD",
        re.compile(rf"{DIGIT_START}[A-Z]{{1,2}}\d{{6}}[(（][0-9A][)）]"),
        0.5,
        check=("mod11", checks.hong_kong_id),
        right=0.9,
        wrong=0.5,
        context=_HK_WORDS,
        doubtful=False,
    ),
    ChineseShape(
        "hong_kong_id_bare",
        "HK_ID_CARD",
        re.compile(rf"{DIGIT_START}[A-Z]{{1,2}}\d{{6}}[0-9A]{DIGIT_END}"),
        0.3,
        check=("mod11", checks.hong_kong_id),
        right=0.45,
        wrong=0.1,
        context=words(r"香港身份|香港永久|香港居民|hkid"),
        near=0.85,
    ),
    ChineseShape("macau_id", "MO_ID_CARD", re.compile(rf"{DIGIT_START}[157]\d{{6}}[(（]\d[)）]"), 0.6),
    ChineseShape(
        "taiwan_id",
        "TW_ID_CARD",
        re.compile(rf"{DIGIT_START}[A-Z][1289]\d{{8}}{DIGIT_END}"),
        0.4,
        check=("mod10", checks.taiwan_id),
        right=0.6,
        wrong=0.3,
        context=words(r"身份|身分|证号|證號|台湾|台灣"),
    ),
    ChineseShape("military_id", "CN_MILITARY_ID", re.compile(r"[\u4e00-\u9fff]字第?[ ]?\d{5,10}[ ]?号"), 0.6),
    ChineseShape(
        "military_id_labelled",
        "CN_MILITARY_ID",
        _labelled(
            "军官证|士兵证|军人证|军人保障卡|文职证|警官证|警号", r"(?:[\u4e00-\u9fff]{1,2}字?第?)?[ ]?\d{5,12}号?"
        ),
        0.85,
    ),
    ChineseShape(
        "driver_license",
        "CN_DRIVER_LICENSE",
        _labelled("驾驶证(?:档案编)?|驾照(?:档案编)?|驾证|(?<!\\w)档案编", r"\d{12}|\d{17}[\dXx]|[A-Z]\d{9,11}"),
        0.85,
    ),
    ChineseShape(
        "social_security",
        "CN_SOCIAL_SECURITY",
        _labelled("社保卡?|社会保障卡?|医保卡?|公积金(?:账户?)?", r"[A-Z]?\d{8,18}[\dXx]?"),
        0.8,
    ),
    ChineseShape(
        "other_id_labelled",
        "ID",
        _labelled(
            "证件|居住证|学生证|工作证|会员证?|学籍|准考证|病历|住院|门诊|病案|保单|房产证|不动产权证|营业执照|注册|工",
            r"(?=[A-Z\-]{0,10}\d)[0-9A-Z\-]{5,24}",
        ),
        0.55,
    ),
    ChineseShape(
        "vehicle_plate",
        "CN_VEHICLE_PLATE",
        re.compile(
            rf"(?<![A-Za-z0-9])[{PLATES}][A-Ha-hJ-Nj-nP-Zp-z][ ·•・.\-]?(?=[A-Za-z]{{0,4}}\d)"
            r"(?:[A-Ha-hJ-Nj-nP-Zp-z0-9]{5,6}|[A-Ha-hJ-Nj-nP-Zp-z0-9]{4}[学警挂港澳领试超])(?![A-Za-z0-9])"
        ),
        0.85,
        context=_PLATE_WORDS,
        near=0.95,
    ),
    ChineseShape(
        "official_plate",
        "CN_VEHICLE_PLATE",
        re.compile(
            rf"(?<![A-Za-z0-9])(?:WJ[ ]?[{PLATES}]?[ ·•・.\-]?\d{{4}}[0-9A-Z警]|使[ ·]?\d{{6}}|\d{{6}}使|\d{{4}}领|"
            rf"民航[A-Z]?\d{{4,5}})"
            r"(?![A-Za-z0-9])"
        ),
        0.7,
        context=_PLATE_WORDS,
        near=0.95,
    ),
    ChineseShape(
        "military_plate",
        "CN_VEHICLE_PLATE",
        _labelled("车牌|号牌|军牌", r"[A-Z]{2}[ ·•・.\-]?\d{5}"),
        0.85,
    ),
    ChineseShape(
        "vin",
        "VIN",
        _labelled("车架|车辆识别代|识别代|VIN码?|大架", r"[A-HJ-NPR-Z0-9]{17}"),
        0.9,
    ),
    ChineseShape(
        "social_credit_code",
        "CN_SOCIAL_CREDIT_CODE",
        re.compile(
            rf"{DIGIT_START}(?=9|\d{{0,17}}[A-Z])[1-9ANY]{_CREDIT}\d{{6}}{_CREDIT}{{10}}{DIGIT_END}", re.IGNORECASE
        ),
        0.4,
        check=("gb32100", checks.social_credit_code),
        right=0.9,
        wrong=0.2,
        context=_CREDIT_WORDS,
        near=0.97,
        anywhere=True,
    ),
    # Digits alone, and not of a company: one number in 31 has a right check character.
    ChineseShape(
        "social_credit_code_digits",
        "CN_SOCIAL_CREDIT_CODE",
        re.compile(rf"{DIGIT_START}[1-8]\d{{17}}{DIGIT_END}"),
        0.2,
        check=("gb32100", checks.social_credit_code),
        right=0.45,
        wrong=0.2,
        context=_CREDIT_WORDS,
        near=0.97,
    ),
    # With letters in it and the codes of a register, it is nothing else, whatever the check character says.
    ChineseShape(
        "social_credit_code_shape",
        "CN_SOCIAL_CREDIT_CODE",
        re.compile(
            rf"{DIGIT_START}(?:1[1239]|2[19]|3[1-59]|4[19]|5[1239]|9[1-3]|[67][129]|8[19]|N[1-39]|Y1)"
            rf"[1-68]\d{{5}}(?=\d{{0,8}}[A-Z])"
            rf"{_CREDIT}{{10}}{DIGIT_END}"
        ),
        0.6,
        context=_CREDIT_WORDS,
    ),
    ChineseShape(
        "organization_code",
        "CN_ORGANIZATION_CODE",
        re.compile(rf"{DIGIT_START}[0-9A-Z]{{8}}-?[0-9X]{DIGIT_END}"),
        0.2,
        check=("gb11714", checks.organization_code),
        right=0.3,
        wrong=0.1,
        context=words("组织机构|机构代码"),
        near=0.85,
    ),
    ChineseShape(
        "taxpayer_id",
        "CN_TAXPAYER_ID",
        _labelled("纳税人识别|纳税识别|税务登记证?|税", r"[0-9A-Z]{15,20}"),
        0.8,
    ),
)
"""All of them. Two shapes of one number differ in what they check."""
