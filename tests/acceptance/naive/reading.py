"""The files of a package as tables: each row a mapping from the identifier of its column to the cell as it stands."""

from __future__ import annotations

import csv
import fnmatch
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine
import yaml
from tests.acceptance.naive import values

#: Sheets that stand for places, staff and families, by their columns.
STRUCTURE = {
    "areas": ("区划代码", "名称", "城乡分类代码", "启用日期", "依据文件"),
    "organizations": ("机构代码", "机构名称", "机构类别", "上级机构代码", "所在区划", "启用日期", "服务区划"),
    "practitioners": ("人员编号", "姓名", "性别", "机构代码", "用户名", "角色", "岗位起始日期"),
    "households": ("家庭编号", "姓名", "证件号码", "档案编号", "与户主关系", "住址", "起始日期"),
    "episodes": (
        "姓名",
        "证件号码",
        "档案编号",
        "管理病种",
        "确诊日期",
        "纳入管理日期",
        "状态",
        "结束日期",
        "结束原因",
    ),
}
_TITLES = {
    "区划": "areas", "机构": "organizations", "人员与岗位": "practitioners", "家庭成员": "households", "专案": "episodes",
    "居民建档": "residents", "个人基本信息表": "basic_information", "健康体检表": "check_up", "首诊测血压记录": "htn_first_pressure",
    "高血压患者随访服务记录表": "htn_follow_up", "2型糖尿病患者随访服务记录表": "dm_follow_up",
    "老年人生活自理能力评估表": "self_care_assessment", "高血压高危人群管理记录": "htn_high_risk_contact",
    "糖尿病高危人群血糖检测记录": "dm_high_risk_check",
}  # fmt: skip


@dataclass
class Row:
    """One row and where it stands."""

    file: str
    sheet: str
    number: int
    cells: dict[str, Any]


@dataclass
class Table:
    """The rows of one sheet."""

    file: str
    sheet: str
    kind: str
    rows: list[Row]


def tables(package: Path) -> list[Table]:
    """Every sheet of every file, in the order of paths."""
    mapping = package / "mapping.yaml"
    told = yaml.safe_load(mapping.read_text(encoding="utf-8"))["sources"] if mapping.exists() else []
    found = []
    for path in sorted(package.rglob("*")):
        name = path.relative_to(package).as_posix()
        if path.suffix == ".csv":
            found.append(_table(name, "", _csv(path), told))
        elif path.suffix == ".xls":
            old = python_calamine.load_workbook(path)
            for title in old.sheet_names:
                rows = old.get_sheet_by_name(title).to_python(skip_empty_area=False)
                found.append(_table(name, title, rows, told))
        elif path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path, data_only=True)
            for sheet in book.worksheets:
                found.append(
                    _table(name, sheet.title, [list(row) for row in sheet.iter_rows(values_only=True)], told)
                )
    return found


def _csv(path: Path) -> list[list[Any]]:
    content = path.read_bytes()
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = content.decode("gb18030")
    return list(csv.reader(io.StringIO(said)))


def _headings(kind: str) -> dict[str, str]:
    if kind in STRUCTURE:
        return {each: each for each in STRUCTURE[kind]}
    return {column["heading"]: name for name, column in values.SHEETS[kind].items()}


def _table(file: str, sheet: str, rows: list[list[Any]], told: list[dict[str, Any]]) -> Table:
    rule = next((each for each in told if fnmatch.fnmatch(file, each["file"])), None)
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kind = (
        rule["kind"]
        if rule
        else next(_TITLES[t] for t in sorted(_TITLES, key=len, reverse=True) if t in stem)
    )
    known = _headings(kind)
    if rule:
        known = known | {there: known.get(ours, ours) for there, ours in rule["columns"].items()}
    place = max(range(min(12, len(rows))), key=lambda at: (sum(str(c) in known for c in rows[at] if c), -at))
    columns = [
        known.get(values.text(cell) if not isinstance(cell, str) else cell, "") for cell in rows[place]
    ]
    made = []
    for number, row in enumerate(rows[place + 1 :], place + 2):
        cells = {name: cell for name, cell in zip(columns, row, strict=False) if name and values.text(cell)}
        if cells:
            made.append(Row(file, sheet, number, cells))
    return Table(file, sheet, kind, made)


def parameters(root: Path) -> dict[str, list[tuple[Any, Any]]]:
    """The dated parameters of all programmes, read as the data they are: code → [(since, value)]."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    for path in sorted(root.rglob("parameters.yaml")):
        for code, said in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            if isinstance(said, dict) and "values" in said:
                found[code] = sorted((each["since"], each["value"]) for each in said["values"])
    return found
