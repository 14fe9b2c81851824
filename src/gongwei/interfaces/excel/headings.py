"""Which column of a sheet is which: by the hidden row of identifiers, by our headings, or by a saved mapping of an old system.

Nothing is taken by similarity alone: a guess is only proposed, and a person confirms it on the mapping page.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, layouts, templates
from gongwei.interfaces.excel.cells import Raw
from gongwei.interfaces.excel.layouts import Layout

#: How far down a heading may stand: old systems print titles above.
SEARCHED_ROWS = 12
LIKE_ENOUGH = 0.62
#: Columns that carry nothing to import.
_EMPTY_WORDS = {"序号", "编号", "错误说明", "错误", "行号", "操作"}
_UNIT = re.compile(r"[(（][^()（）]*[)）]$")
_MARK = re.compile(r"#gongwei/([a-z0-9_]+)/(\d+)")
#: What other systems call our columns.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    layouts.RECORD_NO: ("健康档案编号", "居民档案编号", "档案号", "健康档案号", "个人编号"),
    layouts.NAME: ("居民姓名", "患者姓名", "病人姓名"),
    layouts.ID_NUMBER: ("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号"),
    layouts.ORGANIZATION: ("随访机构", "管理机构", "机构名称", "录入机构"),
    layouts.PRACTITIONER: ("随访人", "录入人", "随访人员"),
    layouts.ENTERED_ON[0]: ("创建日期", "登记日期", "建立日期", "填报日期"),
    layouts.ENTERED_AT[0]: ("创建时间", "登记时间", "填报时间"),
    "done_on": (
        "随访日期",
        "随访时间",
        "本次随访日期",
        "体检日期",
        "年检日期",
        "检查日期",
        "服务日期",
        "日期",
    ),
    "mode": ("随访方式", "随访形式"),
    "systolic": ("收缩压", "高压", "血压收缩压", "SBP", "收缩压mmHg"),
    "diastolic": ("舒张压", "低压", "血压舒张压", "DBP", "舒张压mmHg"),
    "responsible_doctor": ("随访医生", "责任医生", "医生签名", "随访医生签名"),
    "outcome": ("随访分类", "本次随访分类", "分类"),
    "next_due_on": ("下次随访时间", "下次随访", "预约日期"),
    "=id_number": ("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号"),
    "=area": ("村", "村委会", "居委会", "所属村", "现住村"),
    "=phone": ("联系电话", "电话", "手机号", "手机"),
    "=birth_date": ("出生年月", "生日"),
}


@dataclass
class Plan:
    """How one sheet is read. Rows and columns count from 0 here; `columns` holds an identifier or "" for each column."""

    name: str
    place: int
    heading_row: int
    first_row: int
    columns: list[str]
    headings: list[str]
    exact: bool

    @property
    def as_json(self) -> dict[str, Any]:
        """As an upload keeps it."""
        return asdict(self)

    @property
    def unused(self) -> list[str]:
        """Headings of columns nothing is read from."""
        pairs = zip(self.headings, self.columns, strict=True)
        return [
            heading
            for heading, identifier in pairs
            if heading and not identifier and heading not in _EMPTY_WORDS
        ]


def whole(heading: str) -> str:
    """A heading without spaces and marks, to compare by."""
    return cells.narrow_or(heading).replace("\n", "").replace(" ", "").strip("*＊:：")


def plain(heading: str) -> str:
    """A heading without its unit as well."""
    return _UNIT.sub("", whole(heading))


def known(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headings (each with its identifier) by every spelling that is theirs alone: 血型（ABO） and 血型（Rh） are not 血型."""
    listed = list(pairs)
    short = Counter(plain(heading) for heading, _ in listed)
    found = {plain(heading): identifier for heading, identifier in listed if short[plain(heading)] == 1}
    return found | {whole(heading): identifier for heading, identifier in listed}


def mark_of(rows: Sequence[Sequence[Raw]]) -> tuple[int, str] | None:
    """(row, kind) of the hidden row of identifiers; None for a sheet that is no template of ours."""
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        mark = _MARK.fullmatch(row[0].strip()) if row and isinstance(row[0], str) else None
        if mark:
            return number, mark[1]
    return None


def read(
    name: str,
    place: int,
    rows: Sequence[Sequence[Raw]],
    layout: Layout,
    mapping: Mapping[str, str] | None,
    *,
    heading_row: int | None = None,
    besides: bool = False,
) -> Plan | None:
    """The plan of a sheet from its first rows, merged headings filled; None when no heading is recognised at all.

    `mapping`: their heading → our identifier ("" is knowingly left out), instead of our own headings, or with `besides`
    before them. `heading_row` (from 0) says where it stands. A heading may take two rows: a group over its parts
    (血压 over 收缩压 and 舒张压), called “血压/收缩压” then. Raises Refused when the sheet is the template of another form.
    """
    mark = mark_of(rows)
    if mark:
        return _by_identifiers(name, place, rows, mark[0], layout, mark[1])
    ours: dict[str, str] = {}
    if besides or mapping is None:
        ours |= known((each.heading, each.identifier) for each in layout.readable)
    if mapping is not None:
        ours |= known(mapping.items())
    best: Plan | None = None
    numbers = range(len(rows))[:SEARCHED_ROWS] if heading_row is None else [heading_row]
    for number in numbers:
        for height in (1, 2):
            # A heading row that was named may be the lower one of two.
            first = number if heading_row is None or height == 1 else number - 1
            for start in {first, number}:
                found = _by_headings(name, place, rows, start, height, ours, mapping is not None)
                if found and (best is None or _named(found) > _named(best)):
                    best = found
    return best if best and _named(best) >= 2 else None


def _named(plan: Plan) -> int:
    return sum(map(bool, plan.columns))


def _by_identifiers(
    name: str, place: int, rows: Sequence[Sequence[Raw]], number: int, layout: Layout, code: str
) -> Plan:
    if code != layout.code:
        titles = dict(layouts.every())
        raise Refused(
            f"工作表“{name}”是“{titles.get(code, code)}”的模板，不是“{layout.title}”的。",
            field="file",
            code="other_template",
            hint="请选择对应的表单后重新上传。",
        )
    columns = layout.by_identifier
    said = [cells.shown(each).strip() for each in rows[number]]
    beside = rows[number + 1] if len(rows) > number + 1 else []
    headings = [
        cells.shown(beside[column]).strip() if column < len(beside) else "" for column in range(len(said))
    ]
    found: list[str] = []
    for identifier in said:
        found.append(identifier if identifier in columns and identifier not in found else "")
    return Plan(name, place, number + 1, number + 2, found, headings, True)


def titled(rows: Sequence[Sequence[Raw]], number: int, height: int) -> list[tuple[str, tuple[str, ...]]]:
    """For each column of a heading of one or two rows: how it is called, and the spellings it may be known by."""
    upper = [_said(each) for each in rows[number]] if 0 <= number < len(rows) else []
    if height == 1:
        return [(each, (whole(each), plain(each)) if each else ()) for each in upper]
    lower = [_said(each) for each in rows[number + 1]] if number + 1 < len(rows) else []
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    found: list[tuple[str, tuple[str, ...]]] = []
    for above, below in zip(upper, lower, strict=True):
        if above and below and above != below:
            alone = (whole(below), plain(below)) if lower.count(below) == 1 else ()
            both = (f"{above}/{below}", above + below)
            spellings = (*map(whole, both), *map(plain, both), *alone)
            found.append((f"{above}/{below}", spellings))
        else:
            text = above or below
            found.append((text, (whole(text), plain(text)) if text else ()))
    return found


def _said(raw: Raw) -> str:
    return raw.strip().replace("\n", "") if isinstance(raw, str) else ""


def _by_headings(
    name: str,
    place: int,
    rows: Sequence[Sequence[Raw]],
    number: int,
    height: int,
    ours: Mapping[str, str],
    exact: bool,
) -> Plan | None:
    if not 0 <= number <= len(rows) - height:
        return None
    columns = titled(rows, number, height)
    found: list[str] = []
    left_out = set()
    for column, (_, spellings) in enumerate(columns):
        spelling = next((each for each in spellings if each in ours), None)
        identifier = ours[spelling] if spelling is not None else ""
        if spelling is not None and not identifier:
            left_out.add(column)
        found.append("" if identifier in found else identifier)
    if not any(found):
        return None
    last = number + height - 1
    # What is knowingly left out is no heading anybody has to be told of.
    said = ["" if column in left_out else text for column, (text, _) in enumerate(columns)]
    return Plan(name, place, last, last + 1, found, said, exact)


def missing(plan: Plan, layout: Layout) -> list[str]:
    """The headings of columns without which no row of the sheet can be taken."""
    there = set(plan.columns)
    lacking = []
    columns = layout.by_identifier
    if layouts.RECORD_NO in columns and not (
        there & {layouts.RECORD_NO, layouts.ID_NUMBER} or {layouts.BIRTH_DATE, layouts.AREA} <= there
    ):
        lacking.append("档案编号或证件号码")
    if layout.form is None:
        return lacking + [
            each.heading for each in layout.columns if each.required and each.identifier not in there
        ]
    for identifier in (layouts.NAME, "done_on"):
        if identifier not in there:
            lacking.append(columns[identifier].heading)
    return lacking


def lacking_items(plan: Plan, layout: Layout) -> list[str]:
    """The headings of all required columns that are not there: what tells one kind of sheet from another."""
    there = set(plan.columns)
    items = [each.heading for each in layout.columns if each.required and each.identifier not in there]
    return list(dict.fromkeys([*missing(plan, layout), *items]))


def guess(headings: Sequence[str], layout: Layout) -> dict[str, str]:
    """For each heading of a foreign sheet the column it is most like; only what is like enough, each column once."""
    pairs = []
    for heading in headings:
        if not heading or heading in _EMPTY_WORDS:
            continue
        for column in layout.readable:
            if column in layout.besides and column.identifier not in SYNONYMS:
                continue
            spellings = (plain(column.heading), *SYNONYMS.get(column.identifier, ()))
            likeness = max(_likeness(plain(heading), each) for each in spellings)
            if likeness >= LIKE_ENOUGH:
                pairs.append((likeness, heading, column.identifier))
    found: dict[str, str] = {}
    for _, heading, identifier in sorted(pairs, key=lambda pair: -pair[0]):
        if heading not in found and identifier not in found.values():
            found[heading] = identifier
    return found


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one and other and (one in other or other in one):
        return 0.6 + 0.35 * min(len(one), len(other)) / max(len(one), len(other))
    return SequenceMatcher(None, one, other).ratio()


def fullest(name: str, place: int, rows: Sequence[Sequence[Raw]]) -> Plan:
    """The plan of a sheet nobody knows: the row with most different words is most likely the heading."""
    first = rows[:SEARCHED_ROWS]
    words = [len({each.strip() for each in row if isinstance(each, str) and each.strip()}) for row in first]
    number = max(range(len(first)), key=lambda place: (words[place], -place), default=0)
    said = [cells.shown(each).strip() for each in first[number]] if first else []
    return Plan(name, place, number, number + 1, [""] * len(said), said, False)


def is_empty_word(heading: str) -> bool:
    """Whether a column of this heading carries nothing to import (序号, 操作)."""
    return heading in _EMPTY_WORDS


def is_ours_to_skip(name: str) -> bool:
    """Whether a sheet is one of the template's own: options and instructions."""
    return name in (templates.OPTIONS_SHEET, templates.NOTES_SHEET)
