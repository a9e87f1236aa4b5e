"""Addresses and organizations in Chinese text: after a label, or by their structure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.model import Explanation, Span

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_PROVINCE = (
    "(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|"
    "海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|"
    "宁夏|新疆|香港|澳门)"
)
_CITY = (
    "(?:北京|上海|广州|深圳|天津|重庆|成都|杭州|武汉|南京|西安|苏州|长沙|郑州|青岛|大连|厦门|宁波|济南|"
    "沈阳|哈尔滨|长春|福州|合肥|昆明|南昌|石家庄|太原|贵阳|南宁|"
    "兰州|海口|乌鲁木齐|无锡|佛山|东莞|珠海|中山|温州|泉州|徐州|常州|烟台|洛阳)"
)
_PLACE = rf"[{_HAN}]"
_NUMBER = r"(?:[0-9A-Za-z]{1,5}(?:[\-—/][0-9A-Za-z]{1,5}){0,3}|[零〇一二三四五六七八九十百]{1,5})"
_STREET = "(?:大道|大街|路|街|巷|胡同|弄|道|里)"
_TAIL = (
    rf"(?:[ ,，]?(?:{_PLACE}{{2,8}}(?:小区|花园|公寓|大厦|家园|苑|广场|新村|中心|楼|城|园|府|里|村))?"
    rf"(?:东侧|西侧|南侧|北侧)?[ ]?{_NUMBER}[ ]?(?:号楼|号院|号|栋|幢|座|单元|门|层|楼|室|房|户|组|期|队|弄|院))"
)
_REST = r"(?:[ ]?\d{1,4}(?:-\d{1,4}){1,3}(?!\d))?(?:(?<=[元栋幢楼座\-])\d{2,4}(?![0-9年月元米人]))?"
_ADMIN = (
    rf"(?:{_PLACE}{{1,6}}?(?:特别行政区|自治区|自治州|自治县|开发区|高新区|新区|省|市|区|县|旗|镇|乡|街道|"
    rf"地区|盟))"
)

_BY_STREET = re.compile(
    rf"{_PLACE}{{0,24}}{_STREET}(?:[东西南北中]段?|{_PLACE}段)?[ ]?{_NUMBER}[ ]?(?:号楼|号院|号|弄|巷|栋|"
    rf"幢)(?!线|公交|地铁){_TAIL}{{0,6}}{_REST}"
)
_BY_BUILDING = re.compile(
    rf"{_PLACE}{{2,24}}?(?:小区|花园|公寓|大厦|家园|苑|广场|新村|社区|城|府|村|宿舍|家属院|中心)"
    rf"[ ]?{_NUMBER}[ ]?(?:号楼|号院|栋|幢|座|单元|组|室|期|门牌){_TAIL}{{0,6}}{_REST}"
)
_BY_DISTRICT = re.compile(
    rf"{_PROVINCE}(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)"
    rf"?[ ]?{_ADMIN}{{1,3}}[ ]?{_PLACE}{{0,10}}?(?:{_STREET}|村|小区|花园|社区|大厦)"
    rf"(?:[ ]?{_NUMBER}[ ]?(?:号|栋|幢|室|组|弄))?{_TAIL}{{0,6}}{_REST}"
)
_LABELLED = re.compile(
    r"(?<![A-Za-z网箱件络接])(?P<label>(?:家庭|收货|收件|寄件|通讯|通信|联系|居住|户籍|户口|办公|公司|"
    r"单位|现住|配送|上门|邮寄|"
    r"注册|经营|详细|身份证|开户)?(?:地址|住址|住所|户籍所在地|户口所在地|居住地|所在地)"
    r"|家住|现住|住在|户籍|寄到|寄往|送到|送货到|邮寄至|搬到)(?:[(（][^)）\n]{0,8}[)）])"
    r"?[ \"”']{0,2}[:：是为在|=\t ]{0,3}[ \"“']{0,2}"
    r"(?P<v>(?:(?![，,](?![^，,\n]{1,14}?(?:路|街|号|栋|幢|楼|室|单元))|电话|手机|联系|邮编|收件|姓名|"
    r"邮政|身份|[，,]?[ ]?(?:我|微信|QQ|电话|手机|请|麻烦|谢谢))[^\n。；;!！?？\"”|\t{}\[\]]){3,60})"
)
_ADDRESS_LIKE = re.compile(r"[省市区县镇乡村路街道巷弄号室栋幢楼苑园厦旗盟州]")
_LEAD = re.compile(
    r"^.*?(?:家住|现住|住在|住于|住址|地址|位于|坐落于|来自|就在|搬到|寄到|送到|送去|寄往|发到|开到|约在|"
    r"赶到|前往|是在|[住在到至去往是：，])(?=.{2})"
)
_BIRTHPLACE = re.compile(
    rf"(?:籍贯|出生地|祖籍|老家)(?:[ ]?[:：|][ ]?(?P<stated>{_PLACE}{{2,12}})(?!{_PLACE})"
    rf"|[是为在]{{0,2}}(?P<v>(?:{_PROVINCE}|{_CITY})[省市]?(?:{_PLACE}{{1,5}}?[市区县镇村]){{0,3}}))"
)

_COMPANY = re.compile(
    rf"(?:[{_HAN}A-Za-z0-9]|[(（][{_HAN}]{{2,6}}[)）]){{2,24}}?(?:股份有限公司|有限责任公司|集团有限公司|"
    rf"有限公司|律师事务所|会计师事务所)"
    rf"(?:{_PLACE}{{2,8}}分公司)?"
)
_BRANCH = re.compile(rf"{_PLACE}{{2,10}}?银行(?:股份有限公司)?{_PLACE}{{1,14}}?(?:支行|分行|营业部)(?:营业部)?")
_ORGANIZATION = (
    rf"{_PLACE}{{2,20}}?(?:大学|学院|医院|中学|小学|幼儿园|公司|集团|银行|研究院|研究所|事务所|委员会|学校|"
    rf"工厂|卫生院|诊所|派出所|法院|厂|局)"
)
_LABELLED_ORGANIZATION = re.compile(
    r"(?P<label>(?:工作单位|单位名称|单位|公司名称|公司|雇主|学校|毕业院校|院校|医院|就诊医院|开户行|"
    r"开户银行|企业名称|机构|抬头)"
    r"[\"”']?[ ]{0,2}[:：|=\t][ \"“']{0,2}|开户行|就职于|任职于|供职于|就读于|毕业于|就诊于|受雇于)"
    rf"(?P<v>{_ORGANIZATION})"
)
_COMPANY_LEAD = re.compile(
    r"^.*?(?:就职于|任职于|供职于|入职|来自|加入|成立|收购|我司|我们公司|委托|联系|抬头|付给|汇给|转给|"
    r"公司名称|名称|[在到至去往是为与和由向给把被：，])(?=.{4})"
)


def find(text: str) -> Iterator[Span]:
    """All addresses and organizations."""
    for match in _LABELLED.finditer(text):
        start, end = _stripped(text, *match.span("v"))
        if _ADDRESS_LIKE.search(text, start, end):
            yield _span(start, end, "STREET_ADDRESS", 0.8, "labelled_address", match.group("label"))
    for pattern, name in ((_BY_STREET, "street"), (_BY_BUILDING, "building"), (_BY_DISTRICT, "district")):
        for match in pattern.finditer(text):
            start = _begin(_LEAD, match)
            yield _span(start, match.end(), "STREET_ADDRESS", 0.65, f"address_by_{name}", "")
    for match in _BIRTHPLACE.finditer(text):
        yield _span(*match.span(match.lastgroup or 0), "LOCATION", 0.7, "birthplace", match.group()[:2])
    for pattern, name in ((_COMPANY, "company"), (_BRANCH, "bank_branch")):
        for match in pattern.finditer(text):
            yield _span(_begin(_COMPANY_LEAD, match), match.end(), "ORGANIZATION", 0.65, name, "")
    for match in _LABELLED_ORGANIZATION.finditer(text):
        yield _span(
            *match.span("v"), "ORGANIZATION", 0.7, "labelled_organization", match.group("label").strip(" :：|=\t\"“'")
        )


def _begin(lead: re.Pattern[str], match: re.Match[str]) -> int:
    """Where the value begins: after the words of the sentence that stand before it without a space."""
    found = lead.match(match.group()[:16])
    return match.start() + (found.end() if found else 0)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Without what closes the line or leads to the next label."""
    value = text[start:end]
    return start + len(value) - len(value.lstrip()), start + len(value.rstrip(" ,，、：:\"'()（"))


def _span(start: int, end: int, entity_type: str, score: float, pattern: str, context: str) -> Span:
    return Span(start, end, entity_type, score, f"chinese/{pattern}", Explanation(pattern, score, "", context))
