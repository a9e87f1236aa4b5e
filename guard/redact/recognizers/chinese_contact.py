"""Telephone numbers, accounts and addresses in networks, postal codes, dates and ages as Chinese text has them."""

from __future__ import annotations

import re

from guard.redact.recognizers.chinese_shape import DIGIT_END, DIGIT_START, ChineseShape, words

_PHONE_WORDS = words(r"手机|电话|联系|致电|拨打|来电|座机|固话|传真|热线|号码|短信|tel|phone|mobile|mob|cell|fax|call")
_LABEL_END = r"[ :：=是为“\"|\t]{0,4}"
_NUMERAL = "零〇一二三四五六七八九十"

SHAPES = (
    ChineseShape(
        "mobile",
        "PHONE_NUMBER",
        re.compile(
            r"(?:(?<![0-9A-Za-z])|(?<=[Tt][Ee][Ll])|(?<=[Pp][Hh][Oo][Nn][Ee]))(?<![0-9][.\-])"
            rf"(?:[(（]?(?:\+|00)?86[)）]?[ \-]?)?1[3-9](?:[ \-]?\d){{9}}{DIGIT_END}"
        ),
        0.8,
        context=_PHONE_WORDS,
        near=0.95,
    ),
    ChineseShape(
        "mobile_international",
        "PHONE_NUMBER",
        re.compile(rf"(?<![0-9A-Za-z])[(（]?(?:\+|00)86[)）]?[ \-]?1[3-9](?:[ \-]?\d){{9}}{DIGIT_END}"),
        0.9,
        anywhere=True,
    ),
    ChineseShape(
        "landline",
        "PHONE_NUMBER",
        re.compile(
            rf"{DIGIT_START}(?:[(（]0(?:10|2\d|[3-9]\d\d)[)）][ \-]?|(?:(?:\+|00)86[ \-]?)?0?(?:10|2\d|[3-9]\d\d)"
            rf"[ \-]|0(?:10|2\d|[3-9]\d\d))"
            r"[2-8]\d{2,3}[ \-]?\d{4}(?![0-9A-Za-z])(?:(?:转|[ ]?分机号?|[ ]?ext\.?|\-)[ ]?\d{1,6}(?![0-9]))?"
        ),
        0.7,
        context=_PHONE_WORDS,
        near=0.95,
    ),
    ChineseShape(
        "landline_local",
        "PHONE_NUMBER",
        re.compile(rf"{DIGIT_START}[2-8]\d{{2,3}}[ \-]?\d{{4}}{DIGIT_END}(?:(?:转|[ ]?分机号?)[ ]?\d{{1,6}})?"),
        0.1,
        context=words(r"电话|座机|固话|传真|联系方式|致电|拨打|tel|fax"),
        near=0.75,
    ),
    ChineseShape(
        "hotline",
        "PHONE_NUMBER",
        re.compile(rf"{DIGIT_START}[48]00[ \-]\d{{3}}[ \-]?\d{{4}}{DIGIT_END}"),
        0.6,
        context=_PHONE_WORDS,
    ),
    ChineseShape(
        "hong_kong_macau_taiwan",
        "PHONE_NUMBER",
        re.compile(rf"(?<![0-9A-Za-z])(?:\+|00)(?:85[23]|886)[ \-]?\d(?:[ \-]?\d){{7,9}}{DIGIT_END}"),
        0.85,
    ),
    ChineseShape(
        "extension", "PHONE_NUMBER", re.compile(r"(?:分机号?|内线)[ :：]{0,2}(?P<v>\d{3,6})(?![0-9A-Za-z])"), 0.6
    ),
    # Letters of ASCII alone: a Chinese character before the address is no part of it.
    ChineseShape(
        "e_mail",
        "EMAIL_ADDRESS",
        re.compile(
            r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.)"
            r"{1,6}[A-Za-z]{2,24}(?![A-Za-z0-9\-])"
        ),
        0.95,
        doubtful=False,
    ),
    ChineseShape(
        "qq",
        "CN_SOCIAL_ACCOUNT",
        re.compile(
            rf"(?i:(?<![A-Za-z])qq|扣扣|企鹅号)(?:号码|号|群)?{_LABEL_END}(?P<v>[1-9]\d{{4,10}})(?![0-9A-Za-z])"
        ),
        0.85,
    ),
    ChineseShape(
        "wechat",
        "CN_SOCIAL_ACCOUNT",
        re.compile(
            r"(?i:微信|薇信|威信|(?<![a-z])(?:weixin|wechat|vx|wx))(?i:号码|号|id|账号)?(?:[ :：=是为“\"|"
            r"\t,，]{0,4}|叫)"
            r"(?P<v>[A-Za-z][A-Za-z0-9_\-]{5,19}|1[3-9]\d{9})(?![0-9A-Za-z_\-])"
        ),
        0.75,
    ),
    ChineseShape(
        "alipay",
        "CN_SOCIAL_ACCOUNT",
        re.compile(rf"(?:支付宝|alipay)(?:账号|帐号|账户|号)?{_LABEL_END}(?P<v>[A-Za-z0-9][A-Za-z0-9_.@\-]{{4,63}})"),
        0.75,
    ),
    ChineseShape(
        "other_account",
        "CN_SOCIAL_ACCOUNT",
        re.compile(
            r"(?:抖音|快手|微博|小红书|B站|钉钉|飞书|知乎|陌陌|用户名|登录名|账户名)(?:账号|帐号|ID|id|号)"
            r"?[ ]?[:：是][ ]?@?"
            r"(?P<v>[A-Za-z0-9][A-Za-z0-9_.\-]{2,29})"
        ),
        0.7,
    ),
    ChineseShape(
        "postal_code",
        "ZIP_CODE",
        re.compile(rf"(?:邮编|邮政编码|郵編){_LABEL_END}(?P<v>\d{{6}})(?!\d)"),
        0.85,
    ),
    ChineseShape(
        "full_date",
        "DATE_TIME",
        re.compile(
            r"(?<!\d)(?:(?:18|19|20)\d\d|民国\d{1,3})[ ]?年[ ]?\d{1,2}[ ]?月[ ]?\d{1,2}[ ]?[日号]"
            rf"|[〇零○一二三四五六七八九]{{4}}年[{_NUMERAL}]{{1,3}}月[{_NUMERAL}]{{1,4}}[日号]"
        ),
        0.6,
        doubtful=False,
    ),
    ChineseShape(
        "date_of_birth",
        "DATE_TIME",
        re.compile(
            rf"(?:出生日期|出生年月日?|出生时间|出生于|出生|生日|生于|入职日期|入职时间|入院日期|出院日期){_LABEL_END}"
            r"(?P<v>(?:(?:18|19|20)\d\d[ ]?[年\-./][ ]?)?\d{1,2}[ ]?(?:月|[\-./])[ ]?(?:\d{1,2}[日号]?)?|(?:19|20)"
            r"\d{2}年?|(?:19|20)\d{6})(?!\d)"
        ),
        0.85,
    ),
    ChineseShape(
        "age",
        "AGE",
        re.compile(
            rf"(?<![0-9.\-~～至到{_NUMERAL}百])(?:\d{{1,3}}|[{_NUMERAL}百]{{1,4}})[ ]?(?:周岁|岁)"
            r"(?!以[上下内后前]|起|及以|左右|[的]?(?:未成年|儿童票))"
        ),
        0.65,
        doubtful=False,
    ),
    ChineseShape("age_labelled", "AGE", re.compile(rf"(?:年龄|年纪){_LABEL_END}(?P<v>\d{{1,3}})(?![\d.])"), 0.8),
)
"""All of them."""
