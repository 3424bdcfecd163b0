"""Recognize columns that hold persons, so that they are refused before anything is read.

The service is about places. A file with names, identity numbers, phones or plates is refused as a
whole unless the mapping drops those columns by name, so that nobody imports them by accident.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

_WORDS = frozenset(
    {
        "caller",
        "complainant",
        "victim",
        "vict",
        "vic",
        "suspect",
        "susp",
        "offender",
        "arrestee",
        "witness",
        "passenger",
        "driver",
        "defendant",
        "perpetrator",
        "informant",
        "surname",
        "firstname",
        "lastname",
        "fullname",
        "middlename",
        "nickname",
        "phone",
        "telephone",
        "tel",
        "mobile",
        "cellphone",
        "msisdn",
        "email",
        "mail",
        "wechat",
        "qq",
        "ssn",
        "passport",
        "dob",
        "birthdate",
        "birthday",
        "imei",
        "imsi",
        "plate",
        "plates",
        "licenceplate",
        "licenseplate",
        "numberplate",
        "vin",
        "face",
        "fingerprint",
    }
)
"""Parties, in full and as American open data shortens them; ways to reach or tell a person."""
_PHRASES = tuple(
    tuple(phrase.split())
    for phrase in (
        "first name",
        "last name",
        "full name",
        "middle name",
        "person name",
        "officer name",
        "reporter name",
        "contact name",
        "name of person",
        "person id",
        "id card",
        "id number",
        "id no",
        "identity number",
        "identity card",
        "national id",
        "citizen id",
        "date of birth",
        "home address",
        "license number",
        "licence number",
        "vehicle registration",
        "registration number",
    )
)
_CHINESE = (
    "姓名",
    "报警人",
    "报案人",
    "举报人",
    "当事人",
    "嫌疑人",
    "受害人",
    "被害人",
    "联系人",
    "证人",
    "违法人",
    "涉案人",
    "民警",
    "警员",
    "处警人",
    "身份证",
    "证件",
    "护照",
    "电话",
    "手机",
    "联系方式",
    "车牌",
    "号牌",
    "出生",
    "生日",
    "年龄",
    "性别",
    "民族",
    "籍贯",
    "户籍",
    "户口",
    "现住址",
    "家庭住址",
    "微信",
    "邮箱",
    "QQ",
    "人脸",
    "指纹",
)

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_IDENTITY = re.compile(r"\d{17}[\dXx]")
_PHONE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"\(?0\d{2,3}[)-]\d{7,8}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•\s]?[A-Z0-9]{4,6}[警学挂港澳]?"
)
_MASKED = re.compile(r"(?:1[3-9]\d\*{4}\d{4}|\d{3,6}\*{6,12}[\dXx]{0,4})")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾韦夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
"""The commonest family names, which most people have."""
_NAME = re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}")
_CALLED = re.compile(
    rf"[{_SURNAMES}](?:某某?|×{{1,2}}|[xX*＊]{{1,2}}|先生|女士|小姐|师傅|同志|大爷|阿姨)"
)
_PLACE_ENDS = frozenset(
    "路街巷道里弄村镇乡区县市州省店场站园桥楼所院校厂馆坊庄屯寨沟湾山河湖江海岛口门"
)
_NAMES_SHARE = 0.6
_LEAST_NAMES = 10
"""Different values without which a column of short words is not taken for names: kinds are few."""

_SAMPLE = 2_000
_CONTENT_SHARE = 0.2
_IDENTITY_FACTORS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999, check digit of the citizen identity number."""


@dataclass(frozen=True, slots=True)
class PersonColumn:
    """A column that looks like persons, and what gave it away."""

    column: str
    reason: str


def header_reason(header: str) -> str | None:
    """Why a header looks like a person field, or ``None``."""
    for part in _CHINESE:
        if part.casefold() in header.casefold():
            return f"its name contains {part}"
    words = [word.lower() for word in _SPLIT.findall(header)]
    joined = "".join(words)
    for word in words:
        if word in _WORDS:
            return f"its name contains {word!r}"
    if joined in _WORDS:
        return f"its name reads {joined!r}"
    for phrase in _PHRASES:
        width = len(phrase)
        if any(tuple(words[at : at + width]) == phrase for at in range(len(words) - width + 1)):
            return f"its name reads {' '.join(phrase)!r}"
        if joined == "".join(phrase):
            return f"its name reads {' '.join(phrase)!r}"
    return None


def find_person_columns(
    columns: Sequence[str],
    cells_of: Iterable[Sequence[str]],
    *,
    dropped: frozenset[str],
    trusted: frozenset[str],
    name_is_person: bool,
) -> list[PersonColumn]:
    """Find the columns that look like persons, by header and by content.

    Parameters
    ----------
    columns
        Headers of the file.
    cells_of
        Rows of cells; the first 2,000 are looked at.
    dropped
        Columns the mapping leaves out.
    trusted
        Columns whose content is not judged (terminal numbers look like phones).
    name_is_person
        Whether a bare ``name`` column is a person: in incidents yes, in an inventory of units no.
    """
    found: dict[str, str] = {}
    for column in columns:
        reason = header_reason(column)
        if reason is None and name_is_person and column.strip().casefold() in {"name", "名字"}:
            reason = "incidents have no names, persons do"
        if reason is not None:
            found[column] = reason
    for column, reason in _content_reasons(columns, cells_of).items():
        found.setdefault(column, reason)
    return [
        PersonColumn(column, reason)
        for column, reason in found.items()
        if column not in dropped and column not in trusted
    ]


def _content_reasons(columns: Sequence[str], cells_of: Iterable[Sequence[str]]) -> dict[str, str]:
    seen = [0] * len(columns)
    hits: list[Counter[str]] = [Counter() for _ in columns]
    values: list[Counter[str]] = [Counter() for _ in columns]
    for cells in islice(cells_of, _SAMPLE):
        for index, cell in enumerate(cells):
            if cell:
                seen[index] += 1
                what = _content_kind(cell)
                if what is not None:
                    hits[index][what] += 1
                elif len(cell) <= 3 and _NAME.fullmatch(cell) and cell[-1] not in _PLACE_ENDS:
                    values[index][cell] += 1
    found = {
        column: f"{count} of {seen[index]} values look like {what}"
        for index, column in enumerate(columns)
        for what, count in hits[index].most_common(1)
        if count > _CONTENT_SHARE * seen[index]
    }
    for index, column in enumerate(columns):
        names = sum(values[index].values())
        if len(values[index]) >= _LEAST_NAMES and names > _NAMES_SHARE * seen[index]:
            found.setdefault(column, f"{names} of {seen[index]} values look like names")
    return found


def _content_kind(cell: str) -> str | None:
    if len(cell) == 18 and _IDENTITY.fullmatch(cell) and _identity_checks(cell):
        return "identity numbers"
    if 11 <= len(cell) <= 15 and (_PHONE.fullmatch(cell) or _LANDLINE.fullmatch(cell)):
        return "phone numbers"
    if 7 <= len(cell) <= 10 and _PLATE.fullmatch(cell):
        return "number plates"
    if 9 <= len(cell) <= 20 and _MASKED.fullmatch(cell):
        return "masked numbers of persons"
    if 2 <= len(cell) <= 3 and _CALLED.fullmatch(cell):
        return "names"
    if "@" in cell and len(cell) <= 120 and _EMAIL.fullmatch(cell):
        return "e-mail addresses"
    return None


def _identity_checks(cell: str) -> bool:
    total = sum(
        int(digit) * factor for digit, factor in zip(cell[:17], _IDENTITY_FACTORS, strict=True)
    )
    return "10X98765432"[total % 11] == cell[17].upper()
