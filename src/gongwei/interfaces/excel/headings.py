"""Which column of a sheet is which: by the hidden row of identifiers, by our headings, or by a saved mapping of an old system.

Nothing is taken by similarity alone: a guess is only proposed, and a person confirms it on the mapping page.
"""

import re
from collections.abc import Mapping, Sequence
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


def plain(heading: str) -> str:
    """A heading without spaces, unit and marks, to compare by."""
    text = cells.narrow(heading, "").replace("\n", "").replace(" ", "").strip("*＊:：")
    return _UNIT.sub("", text)


def read(
    name: str, place: int, rows: Sequence[Sequence[Raw]], layout: Layout, mapping: Mapping[str, str] | None
) -> Plan | None:
    """The plan of a sheet; None when no heading is recognised at all.

    Raises Refused when the sheet is the template of another form.
    """
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        mark = _MARK.fullmatch(row[0]) if row and isinstance(row[0], str) else None
        if mark:
            return _by_identifiers(name, place, rows, number, layout, mark[1])
    best: Plan | None = None
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        found = _by_headings(name, place, row, number, layout, mapping)
        if found and (best is None or _named(found) > _named(best)):
            best = found
    return best if best and _named(best) >= 2 else None


def _named(plan: Plan) -> int:
    return sum(map(bool, plan.columns))


def _by_identifiers(
    name: str, place: int, rows: Sequence[Sequence[Raw]], number: int, layout: Layout, code: str
) -> Plan:
    if code != layout.code:
        titles = dict(layouts.codes_with_layout())
        raise Refused(
            f"工作表“{name}”是“{titles.get(code, code)}”的模板，不是“{layout.title}”的。",
            field="file",
            code="other_template",
            hint="请选择对应的表单后重新上传。",
        )
    known = layout.by_identifier
    said = [cells.shown(each).strip() for each in rows[number]]
    beside = rows[number + 1] if len(rows) > number + 1 else []
    headings = [
        cells.shown(beside[column]).strip() if column < len(beside) else "" for column in range(len(said))
    ]
    found: list[str] = []
    for identifier in said:
        found.append(identifier if identifier in known and identifier not in found else "")
    return Plan(name, place, number + 1, number + 2, found, headings, True)


def _by_headings(
    name: str, place: int, row: Sequence[Raw], number: int, layout: Layout, mapping: Mapping[str, str] | None
) -> Plan | None:
    headings = [cells.shown(each).strip() if isinstance(each, str) else "" for each in row]
    ours = {plain(each.heading): each.identifier for each in layout.columns}
    if mapping is not None:
        ours = {plain(heading): identifier for heading, identifier in mapping.items()}
    found: list[str] = []
    for heading in headings:
        identifier = ours.get(plain(heading), "") if heading else ""
        found.append("" if identifier in found else identifier)
    return Plan(name, place, number, number + 1, found, headings, mapping is not None) if any(found) else None


def missing(plan: Plan, layout: Layout) -> list[str]:
    """The headings of columns without which no row of the sheet can be taken."""
    there = set(plan.columns)
    if layout.form is None:
        wanted = [each for each in layout.columns if each.required and each.identifier not in there]
        return [each.heading for each in wanted]
    lacking = []
    if not there & {layouts.RECORD_NO, layouts.ID_NUMBER}:
        lacking.append("档案编号或证件号码")
    for identifier in (layouts.NAME, "done_on"):
        if identifier not in there:
            lacking.append(layout.by_identifier[identifier].heading)
    return lacking


def guess(headings: Sequence[str], layout: Layout) -> dict[str, str]:
    """For each heading of a foreign sheet the column it is most like; only what is like enough, each column once."""
    pairs = []
    for heading in headings:
        if not heading or heading in _EMPTY_WORDS:
            continue
        for column in layout.columns:
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


def is_ours_to_skip(name: str) -> bool:
    """Whether a sheet is one of the template's own: options and instructions."""
    return name in (templates.OPTIONS_SHEET, templates.NOTES_SHEET)
