"""Invented values with right check digits, for the Chinese set. The checks are computed here, apart from Guard's own."""

from __future__ import annotations

import random

_REGIONS = [
    "110101",
    "310115",
    "440305",
    "330106",
    "510107",
    "420111",
    "320508",
    "610113",
    "230103",
    "450102",
    "650102",
    "540102",
]
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯"
_DOUBLE = ("欧阳", "诸葛", "司马", "上官")
_GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀英华慧巧美玲建国志远思雨浩然子涵梓轩欣怡"
_PLATES = "京沪粤浙川苏鄂陕黑桂"


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def id_card(rng: random.Random) -> str:
    body = f"{rng.choice(_REGIONS)}{rng.randint(1950, 2012)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{_digits(rng, 3)}"
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def grouped_id_card(rng: random.Random) -> str:
    number = id_card(rng)
    return " ".join((number[:6], number[6:14], number[14:]))


def old_id_card(rng: random.Random) -> str:
    return f"{rng.choice(_REGIONS)}{rng.randint(40, 85)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{_digits(rng, 3)}"


def mobile(rng: random.Random) -> str:
    number = rng.choice(("138", "139", "150", "177", "186", "199")) + _digits(rng, 8)
    forms = (number, f"+86 {number}", f"+86{number}", f"0086-{number}", f"{number[:3]}-{number[3:7]}-{number[7:]}",
             f"{number[:3]} {number[3:7]} {number[7:]}")  # fmt: skip
    return rng.choice(forms)


def landline(rng: random.Random) -> str:
    form = rng.choice(("010-{a}{b}", "021-{a} {b}", "(0755){a}{b}", "0571-{a}{b}转802"))
    return form.format(a=rng.randint(2000, 8999), b=_digits(rng, 4))


def _with_luhn(body: str) -> str:
    total = 0
    for at, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def bank_card(rng: random.Random) -> str:
    number = _with_luhn(rng.choice(("622202", "621700", "622848")) + _digits(rng, rng.choice((9, 12))))
    return number if rng.random() < 0.6 else " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def passport(rng: random.Random) -> str:
    return rng.choice("EG") + _digits(rng, 8) if rng.random() < 0.6 else "EB" + _digits(rng, 7)


def permit(rng: random.Random) -> str:
    return rng.choice("CHM") + _digits(rng, 8)


def hong_kong_id(rng: random.Random) -> str:
    body = rng.choice("ABCDGHKPRVYZ") + _digits(rng, 6)
    values = [36, int(body[0], 36), *map(int, body[1:])]
    check = -sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) % 11
    return f"{body}({'0123456789A'[check]})"


def taiwan_id(rng: random.Random) -> str:
    letter = rng.choice("ABCDEFGH")
    number = "ABCDEFGH".index(letter) + 10
    body = rng.choice("12") + _digits(rng, 7)
    total = number // 10 + number % 10 * 9 + sum(int(d) * w for d, w in zip(body, range(8, 0, -1), strict=True))
    return f"{letter}{body}{-total % 10}"


def credit_code(rng: random.Random) -> str:
    body = f"91{rng.choice(_REGIONS)}MA{''.join(rng.choice(_CREDIT) for _ in range(7))}"
    total = sum(_CREDIT.index(character) * pow(3, at, 31) for at, character in enumerate(body))
    return body + _CREDIT[-total % 31]


def plate(rng: random.Random) -> str:
    place, letter = rng.choice(_PLATES), rng.choice("ABCDEF")
    form = rng.choice(("{p}{c}·{n}", "{p}{c}{n}", "{p}{c}D{n}", "{p}{c}{m}学", "{p}{c} {n}"))
    return form.format(p=place, c=letter, n=_digits(rng, 5), m=_digits(rng, 4))


def military(rng: random.Random) -> str:
    return f"{rng.choice('军海空南北')}字第{_digits(rng, 8)}号"


def name(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(("阿依古丽·买买提", "巴特尔·苏和", "玛丽·史密斯", "卓玛·扎西顿珠"))
    surname = rng.choice(_DOUBLE) if kind < 0.2 else rng.choice(_SURNAMES)
    return surname + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))


def surname(rng: random.Random) -> str:
    return rng.choice(_SURNAMES)


def address(rng: random.Random) -> str:
    area = rng.choice(
        (
            "北京市海淀区",
            "上海市浦东新区",
            "广东省深圳市南山区",
            "浙江省杭州市西湖区",
            "四川省成都市武侯区",
            "江苏省苏州市工业园区",
        )
    )
    street = rng.choice(("学府路", "人民南路", "翠微大街", "科技大道", "桂花巷", "文三西路"))
    tail = rng.choice(
        (
            "",
            f"{rng.randint(1, 20)}号楼{rng.randint(101, 2500)}室",
            f"{rng.randint(1, 9)}栋{rng.randint(1, 4)}单元{rng.randint(101, 999)}",
        )
    )
    return f"{area}{street}{rng.randint(1, 299)}号{tail}"


def company(rng: random.Random) -> str:
    place = rng.choice(("北京", "上海", "深圳市", "杭州"))
    return f"{place}{rng.choice(('云帆', '星禾', '远航', '青柠'))}{rng.choice(('科技', '贸易', '网络技术'))}有限公司"


VALUES = {
    "ID": ("CN_ID_CARD", id_card), "IDG": ("CN_ID_CARD", grouped_id_card), "ID15": ("CN_ID_CARD", old_id_card),
    "MOB": ("PHONE_NUMBER", mobile), "TEL": ("PHONE_NUMBER", landline), "CARD": ("CREDIT_CARD", bank_card),
    "PASS": ("CN_PASSPORT", passport), "PERMIT": ("CN_TRAVEL_PERMIT", permit), "HK": ("HK_ID_CARD", hong_kong_id),
    "TW": ("TW_ID_CARD", taiwan_id), "USCC": ("CN_SOCIAL_CREDIT_CODE", credit_code), "PLATE": ("CN_VEHICLE_PLATE", plate),
    "MIL": ("CN_MILITARY_ID", military), "NAME": ("PERSON", name), "SUR": ("PERSON", surname),
    "ADDR": ("STREET_ADDRESS", address), "ORG": ("ORGANIZATION", company),
    "DL": ("CN_DRIVER_LICENSE", lambda rng: _digits(rng, 12)),
    "QQ": ("CN_SOCIAL_ACCOUNT", lambda rng: str(rng.randint(10**7, 10**10))),
    "WX": ("CN_SOCIAL_ACCOUNT", lambda rng: rng.choice(("lan_tian", "xiaoyu-", "wxid_")) + _digits(rng, 4)),
    "MAIL": ("EMAIL_ADDRESS", lambda rng: rng.choice(("li.na", "zhao88", "service_cn")) + "@example." + rng.choice(("com", "cn"))),
    "IP": ("IP_ADDRESS", lambda rng: f"192.0.2.{rng.randint(1, 254)}"),
    "ZIP": ("ZIP_CODE", lambda rng: rng.choice("123456") + _digits(rng, 5)),
    "BIRTH": ("DATE_TIME", lambda rng: f"{rng.randint(1950, 2010)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日"),
    "AGE": ("AGE", lambda rng: f"{rng.randint(18, 90)}岁"),
}  # fmt: skip
"""Mark of a template to the entity type and what invents a value."""
