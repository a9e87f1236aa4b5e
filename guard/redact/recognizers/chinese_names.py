"""Names of people in Chinese text: after a label, after an introduction, before a title. No model: a name that stands
alone in a sentence is not found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.model import Explanation, Span

_CERTAIN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范石姚谭廖邹熊"
    "陆郝孔崔康毛邱秦史顾侯邵孟龙段雷钱汤尹黎易武乔贺赖龚庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂焦柳邢岳梅莫庄辛管祝左涂谷祁"
    "舒耿牟卜詹凌费纪靳童欧甄裴屈鲍覃霍翁隋植甘景薄蒲卓蔺褚娄窦岑苗冉阮闫肖付江曾白崔陵邬桂佟滕"
)
"""Surnames that are seldom another word: enough before a title."""

_AMBIGUOUS = (
    "于任方万高金常安向文包时单成齐关池路冷房车水柴解强沙明东应党宫全平戚苟郎鄢项柯麦"
    "游卫卞宁古喻盛米仇查丛连蓝皮井后宗祖班"
)
_DOUBLE = (
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|"
    "太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|令狐|百里|呼延|东郭|西门|南门"
)
_TRADITIONAL = "張劉陳楊趙黃吳孫馬羅鄭謝韓馮許鄧呂蘇盧蔣賈葉閻鍾譚鄒陸錢湯龍賴龐蘭顏嚴溫蘆魯畢聶歐"
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_SURNAME = rf"(?:{_DOUBLE}|[{_CERTAIN}{_AMBIGUOUS}{_TRADITIONAL}])"

_FOLLOWS = (
    rf"(?=[^{_HAN}·•・‧]|$|先生|女士|小姐|老师|医生|同学|同志|电话|手机|身份|住址|地址|性别|年龄|出生|职务|"
    rf"职位|联系|邮箱|证件|单位|今年|目前|现在|毕业|来自"
    r"|男|女|的|已|在|于|是|说|和|与|及|或|向|来|将|因|住|等|需|为|被|有|从|到|去|会|要|想|申请|收|签)"
)
"""What a name may end before."""

_GIVEN = rf"[{_HAN}]"
_CHINESE = rf"{_SURNAME}[ \u3000]?{_GIVEN}{{1,2}}?{_FOLLOWS}"
_DOTTED = rf"[{_HAN}]{{1,7}}(?:[·•・‧∙][{_HAN}]{{1,8}}){{1,4}}"
_LATIN = r"[A-Z][A-Za-z'’\-]{1,24}(?:[ ][A-Z][A-Za-z'’.\-]{0,24}){0,3}"
_OPEN = rf"{_SURNAME}{_GIVEN}{{2}}"
"""A name that runs into the next word: the surname and two characters."""

_LABELS = (
    "姓名|名字|姓 名|联系人|联络人|收件人|收货人|寄件人|发件人|收信人|客户|顾客|用户|患者|病人|申请人|"
    "被申请人|申报人|法定代表人|法人代表|法人|经办人|负责人|户主|"
    "持卡人|开户名|户名|账户名|投保人|被保险人|被保人|受益人|原告|被告|被告人|上诉人|委托人|受托人|"
    "代理人|监护人|家长|学生|教师|班主任|导师|医生|医师|主治医师|"
    "主治医生|主治|护士|司机|乘客|乘车人|乘机人|入住人|旅客|驾驶员|业主|租客|房东|承租人|出租人|甲方|"
    "乙方|买方|卖方|买受人|出卖人|签名|签字|签收人|审批人|审核人|"
    "记录人|报案人|当事人|嫌疑人|犯罪嫌疑人|证人|员工|候选人|应聘者|推荐人|紧急联系人|配偶|父亲|母亲|"
    "丈夫|妻子|儿子|女儿|称呼|曾用名|付款人|收款人|借款人|担保人|"
    "纳税人|股东|董事|监事|总经理|董事长|制单人|制表人|填表人|报名人|参会人|面试官|主讲人|落款|署名|"
    "真实姓名|中文名|本人|姓名"
)
_SEPARATOR = (
    r"(?:[ \u3000]{0,4}(?:[(（][^)）\n]{0,8}[)）])?[\"”']?[ \u3000]{0,4}[:：=|｜\t][ \u3000\t|\"“']{0,4}|"
    r"[ \u3000]{1,4})"
)
_ENGLISH_LABELS = r"(?:[A-Za-z]{0,12}_?[Nn]ame|customer|contact|receiver|recipient|patient|owner|holder|user|assignee)"

_LABELLED = re.compile(
    rf"(?:(?:{_LABELS})(?:姓名|名称|名)?{_SEPARATOR}|\b{_ENGLISH_LABELS}[\"']?[ ]?[:=：][ \"']{{0,3}})"
    rf"(?:(?P<dotted>{_DOTTED})|(?P<name>{_CHINESE})|(?P<latin>{_LATIN})|(?P<open>{_OPEN})|"
    rf"(?P<other>[{_HAN}]{{2,4}})(?![{_HAN}]))"
)
_DIRECT = re.compile(
    r"(?:收货人|收件人|寄件人|发件人|联系人|户名|持照人|持证人|持卡人|患者|病人|申请人|法定代表人|"
    r"法人代表|经办人|负责人|原告|被告|证人|被保险人|投保人|受益人"
    r"|乘机人|乘车人|乘客|旅客|入住人|房东|司机|业主|姓名|客户|嫌疑人|报案人|死者|伤者|签收人)"
    rf"(?:(?P<dotted>{_DOTTED})|(?P<name>(?:{_DOUBLE}|[{_CERTAIN}{_TRADITIONAL}])[{_HAN}]{{1,2}}?)"
    rf"(?=[^{_HAN}·]|$|先生|女士|电话|手机))"
)
_INTRODUCED = re.compile(
    rf"(?:我叫|我的名字叫|我的名字是|我名叫|名叫|名字叫|本名|我姓名是|这位是|这是我(?:同事|朋友|老公|老婆|"
    rf"先生|太太)|亲爱的|尊敬的|@|敬启者|你好，?|您好，?)"
    rf"(?:(?P<dotted>{_DOTTED})|(?P<name>{_CHINESE})|(?P<latin>{_LATIN}))"
)
_CALLED = re.compile(
    rf"(?:我叫|我的名字叫|我的名字是|名叫)(?:(?P<open>{_OPEN})|(?P<other>[小阿老][{_HAN}]{{1,2}}?)(?=[^{_HAN}]|$))"
)
_I_AM = re.compile(
    rf"(?:我是|本人|申请人|原告|被告)(?P<name>{_SURNAME}(?![人的是了])[{_HAN}](?:(?![人的是了])[{_HAN}])?)"
    rf"(?=[，。,.!！；\n]|$|先生|女士|"
    rf"小姐|老师|医生|同学|的(?:妈妈|爸爸|家长|妻子|丈夫|先生|太太))"
)
_TITLE = re.compile(
    r"先生|女士|小姐|太太|总经理|总监|总(?![统理是共量数体结和额计部裁署局会在之算有经而要能的得])|医生|"
    r"大夫|医师|老师|教授|主任|经理|律师|护士|师傅|同学|同志"
    r"|警官|法官|局长|处长|科长|部长|院长|校长|书记(?!载)|董事长|董事|工程师|阿姨|叔叔|大爷|大妈|奶奶|爷爷|教练|"
    r"博士|會長|會計|会计|秘书|队长|组长|店长|老板"
)
_BEFORE_TITLE = re.compile(rf"(?:{_DOUBLE}|[{_CERTAIN}{_TRADITIONAL}])$")
_SURNAME_GIVEN = re.compile(rf"{_SURNAME}[{_HAN}]{{1,2}}")
_LEFT = re.compile(r"[^\u3400-\u9fff]|[请找给叫问和与跟向由对把被让是为及或见到有在了的位给约请说：，接替联系]")
_NOT_GIVEN = re.compile(r"[人者候的是了在和与请给我你他她们这那有叫找问个位]")
_NOT_NAMES = re.compile(
    r"先生|女士|姓名|电话|手机|地址|信息|名称|未知|匿名|不详|保密|本人|管理|公司|银行|大学|医院|集团|中心|"
    r"服务|系统|需求|数据|反馈|体验|满意|资料|编号|类型|联系|无$"
)


def find(text: str) -> Iterator[Span]:
    """All names."""
    yield from _after(_LABELLED, "labelled_name", 0.85, text)
    yield from _after(_DIRECT, "labelled_name", 0.65, text)
    yield from _after(_INTRODUCED, "introduced_name", 0.8, text)
    yield from _after(_CALLED, "introduced_name", 0.7, text)
    yield from _after(_I_AM, "introduced_name", 0.6, text)
    yield from _titled(text)


_LESS = {"open": 0.2, "other": 0.25, "latin": 0.1}
"""What is taken off the score where the surname, or the end of the name, is a guess."""


def _after(pattern: re.Pattern[str], name: str, score: float, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        kind = match.lastgroup or "name"
        if _NOT_NAMES.search(match.group(kind)):
            continue
        start, end = match.span(kind)
        label = text[match.start() : start].strip(" :：=|\t\"'“")
        yield _span(
            start, end, score - _LESS.get(kind, 0.0), name, "surname" if kind in ("name", "open") else "", label
        )


def _titled(text: str) -> Iterator[Span]:
    for title in _TITLE.finditer(text):
        at = title.start()
        for length in (4, 3, 2):
            start = at - length
            if start >= 0 and _is_full_name(text, start, at):
                yield _span(start, at, 0.75, "name_with_title", "surname", title.group())
                break
        else:
            found = _BEFORE_TITLE.search(text, max(0, at - 2), at)
            if found:
                yield _span(found.start(), at, 0.65, "surname_with_title", "surname", title.group())


def _is_full_name(text: str, start: int, end: int) -> bool:
    """Whether a surname and a given name stand there, and a word may begin there."""
    found = _SURNAME_GIVEN.fullmatch(text, start, end)
    if not found or (start and not _LEFT.match(text[start - 1])):
        return False
    if found.group()[0] in _AMBIGUOUS and text[end : end + 2] not in ("先生", "女士", "小姐"):
        return False
    return not _NOT_GIVEN.search(found.group()[1:])


def _span(start: int, end: int, score: float, pattern: str, check: str, context: str) -> Span:
    score = round(score, 2)
    return Span(start, end, "PERSON", score, f"chinese/{pattern}", Explanation(pattern, score, check, context))
