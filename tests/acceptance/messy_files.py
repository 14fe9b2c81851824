"""What is meant, put into files as old systems export them: encodings, title rows, headings of their own, cells spelled somehow."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import yaml
from tests.acceptance import messy_cells as cells
from tests.acceptance import messy_people
from tests.acceptance.messy_people import County, Entry
from tests.unit.excel import old_books

#: What an old system called our columns, where its files go through the mapping file.
OLD_FOLLOW_UP = {
    "@record_no": "健康档案号", "@name": "患者姓名", "@id_number": "身份证", "done_on": "本次随访", "mode": "方式", "systolic": "高压",
    "diastolic": "低压", "outcome": "分类", "responsible_doctor": "随访医师", "medication_adherence": "服药",
}  # fmt: skip
OLD_RESIDENTS = {
    "=record_no": "原档案号",
    "=name": "居民",
    "=id_number": "身份证",
    "=area": "村委会",
    "=phone": "手机",
}
#: Headings of the structural sheets (the plan of the package names them).
AREAS = ("区划代码", "名称", "城乡分类代码", "启用日期", "依据文件")
ORGANIZATIONS = ("机构代码", "机构名称", "机构类别", "上级机构代码", "所在区划", "启用日期", "服务区划")
PRACTITIONERS = ("人员编号", "姓名", "性别", "机构代码", "用户名", "角色", "岗位起始日期")
HOUSEHOLDS = ("家庭编号", "姓名", "证件号码", "档案编号", "与户主关系", "住址", "起始日期")
EPISODES = (
    "姓名",
    "证件号码",
    "档案编号",
    "管理病种",
    "确诊日期",
    "纳入管理日期",
    "状态",
    "结束日期",
    "结束原因",
)
#: What each form is called on its sheets.
TITLES = {
    "basic_information": "个人基本信息表",
    "check_up": "健康体检表",
    "htn_first_pressure": "首诊测血压记录",
    "htn_follow_up": "高血压患者随访服务记录表",
    "dm_follow_up": "2型糖尿病患者随访服务记录表",
    "self_care_assessment": "老年人生活自理能力评估表",
    "htn_high_risk_contact": "高血压高危人群管理记录",
    "dm_high_risk_check": "糖尿病高危人群血糖检测记录",
}


def write(
    seed: int,
    package: Path,
    messy: bool,
    county: County,
    rows: Sequence[tuple[dict[str, Any], str]],
    episodes: Sequence[Sequence[Any]],
    entries: Sequence[Entry],
) -> None:
    """All files of a package, with a mapping file where headings are not ours."""
    pen = _Pen(Random(f"spelling {seed}"), package, messy)
    _structure(pen, county)
    _write_residents(pen, county, rows)
    pen.plain("专案", "episodes", EPISODES, episodes, book=True)
    _write_households(pen, county)
    _write_forms(pen, entries)
    if pen.mapping:
        pen.mapping.append({"file": "说明.txt", "kind": "skip", "reason": "导出说明，不是数据"})
        text = yaml.safe_dump({"sources": pen.mapping}, allow_unicode=True, sort_keys=False)
        (package / "mapping.yaml").write_text(text, encoding="utf-8")
        (package / "说明.txt").write_text("老系统导出，2025年10月。", encoding="gb18030")


class _Pen:
    """Writes tables as files of one kind or another, tidy or not."""

    def __init__(self, rng: Random, folder: Path, messy: bool) -> None:
        self.rng, self.folder, self.messy = rng, folder, messy
        self.mapping: list[dict[str, Any]] = []

    def cell(self, kind: str, name: str, value: Any, in_csv: bool) -> Any:
        """One cell, spelled somehow."""
        if value is not None and name in ("=id_number", "@id_number", "证件号码") and isinstance(value, str):
            return cells.written_id(self.rng, value, self.messy)
        return cells.written(self.rng, kind, name, value, self.messy, in_csv)

    def csv(self, name: str, rows: Sequence[Sequence[Any]], encoding: str) -> None:
        """A table of text."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(
            ["" if each is None else each for each in row] for row in rows
        )
        path.write_bytes(text.getvalue().encode(encoding))

    def book(self, name: str, sheets: dict[str, Sequence[Sequence[Any]]], titles: int = 0) -> None:
        """A workbook, with merged title rows above the headings where asked."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = openpyxl.Workbook()
        made.remove(made.worksheets[0])
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for place in range(titles):
                sheet.append([f"巫溪县基本公共卫生服务{title}" if place == 0 else "导出日期：2025年10月20日"])
                sheet.merge_cells(
                    start_row=place + 1, start_column=1, end_row=place + 1, end_column=min(6, len(rows[0]))
                )
            for row in rows:
                sheet.append(list(row))
        made.save(path)

    def old_book(self, name: str, sheets: dict[str, Sequence[Sequence[Any]]]) -> None:
        """A workbook of Excel 97."""
        (self.folder / name).write_bytes(
            old_books.workbook({title: (rows, []) for title, rows in sheets.items()})
        )

    def plain(
        self, name: str, kind: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], book: bool = False
    ) -> None:
        """A structural table."""
        as_book = book or not self.messy
        told = [list(headings)] + [
            [
                self.cell(kind, heading, value, not as_book)
                for heading, value in zip(headings, row, strict=True)
            ]
            for row in rows
        ]
        if as_book:
            self.book(f"{name}.xlsx", {name: told}, titles=1 if self.messy else 0)
        else:
            self.csv(f"{name}.csv", told, self.rng.choice(("gb18030", "utf-8-sig", "utf-8")))


def _structure(pen: _Pen, county: County) -> None:
    since = dt.date(2020, 1, 1)
    pen.plain(
        "区划",
        "areas",
        AREAS,
        [[str(key), name, urban or None, since, "民政〔2010〕1号"] for key, name, urban in county.areas],
    )
    names = {
        "county_commission": "县区卫生健康委",
        "township_centre": "乡镇卫生院",
        "village_clinic": "村卫生室",
    }
    pen.plain(
        "机构", "organizations", ORGANIZATIONS,
        [[i.code, i.name, names[i.kind], i.parent or None, str(i.seat), since, "；".join(map(str, i.serves)) or None] for i in county.institutions],
        book=True,
    )  # fmt: skip
    pen.plain(
        "人员与岗位", "practitioners", PRACTITIONERS,
        [[d.number, d.name, "男" if d.sex == "1" else "女", d.organization, d.account, d.role, since] for d in county.staff],
    )  # fmt: skip


def _write_residents(pen: _Pen, county: County, rows: Sequence[tuple[dict[str, Any], str]]) -> None:
    columns = cells.SHEETS["residents"]
    wanted = list(messy_people.row_of(county.people[0], county))
    towns: dict[int, list[dict[str, Any]]] = {}
    for row, _ in rows:
        area = row["=area"] if isinstance(row["=area"], int) else county.areas[-1][0]
        towns.setdefault(area // 1000, []).append(row)
    for place, (town, mine) in enumerate(sorted(towns.items())):
        name = next(title for key, title, _ in county.areas if key == town * 1000)
        in_csv = pen.messy and place % 2 == 0
        old = pen.messy and place == 2
        headings = [
            OLD_RESIDENTS.get(each, columns[each]["heading"]) if old else columns[each]["heading"]
            for each in wanted
        ]
        told: list[list[Any]] = [headings]
        for row in mine:
            area = row["=area"]
            if isinstance(area, int):
                village = next(title for key, title, _ in county.areas if key == area)
                row = row | {"=area": pen.rng.choice((str(area), name + village)) if pen.messy else str(area)}
            told.append([pen.cell("residents", each, row[each], in_csv) for each in wanted])
        if not in_csv:
            pen.book(f"居民/居民建档_{name}.xlsx", {"居民建档": told}, titles=2 if pen.messy else 0)
            continue
        title = [[f"{name}居民健康档案导出", *[""] * (len(headings) - 1)]]
        pen.csv(f"居民/居民建档_{name}.csv", title + told, "gb18030" if old else "utf-8-sig")
        if old:
            mapped = {there: columns[ours]["heading"] for ours, there in OLD_RESIDENTS.items()}
            mapped |= {
                columns[each]["heading"]: columns[each]["heading"]
                for each in wanted
                if each not in OLD_RESIDENTS
            }
            pen.mapping.append(
                {
                    "file": f"居民/居民建档_{name}.csv",
                    "kind": "residents",
                    "heading_row": 2,
                    "columns": mapped,
                }
            )


def _write_households(pen: _Pen, county: County) -> None:
    rows = []
    for person in county.people:
        relation = "户主" if person.head else pen.rng.choice(("配偶", "子", "女", "其他"))
        rows.append(
            [
                f"H{person.household:05d}",
                person.name,
                person.number_told,
                person.old_number,
                relation,
                person.address,
                person.filed_on,
            ]
        )
    pen.plain("家庭成员", "households", HOUSEHOLDS, rows)


def _write_forms(pen: _Pen, entries: Sequence[Entry]) -> None:
    for kind in TITLES:
        columns = cells.SHEETS[kind]
        mine = [each for each in entries if each.kind == kind]
        used = [
            name
            for name in columns
            if name in ("@record_no", "@name", "@id_number")
            or (any(name in e.answers for e in mine) and (pen.messy or name != "@entered_on"))
        ]
        title = TITLES[kind]
        if not pen.messy:
            told = [
                [columns[each]["heading"] for each in used],
                *(_form_row(pen, kind, each, used, False) for each in mine),
            ]
            pen.book(f"{title}.xlsx", {title: told})
            continue
        past = [each for each in mine if each.on.year < 2025]
        now = [each for each in mine if each.on.year >= 2025]
        old = kind == "htn_follow_up"
        headings = [
            OLD_FOLLOW_UP.get(each, columns[each]["heading"]) if old else columns[each]["heading"]
            for each in used
        ]
        told = [["", *headings]] + [
            [str(n), *_form_row(pen, kind, each, used, True)] for n, each in enumerate(past, 1)
        ]
        told[0][0] = "序号"
        where = "老系统/" if old else "随访与体检/"
        pen.csv(f"{where}{title}2024.csv", told, "gb18030" if old else "utf-8")
        if old:
            mapped = {
                there: columns[ours]["heading"] for ours, there in OLD_FOLLOW_UP.items() if ours in used
            }
            mapped |= {columns[each]["heading"]: each for each in used if each not in OLD_FOLLOW_UP} | {
                "序号": ""
            }
            pen.mapping.append({"file": "老系统/*随访*2024.csv", "kind": kind, "columns": mapped})
        half = len(now) // 2
        sheets = {
            f"{title}2025上": [
                [columns[each]["heading"] for each in used],
                *(_form_row(pen, kind, e, used, False) for e in now[:half]),
            ],
            f"{title}2025下": [
                [columns[each]["heading"] for each in used],
                *(_form_row(pen, kind, e, used, False) for e in now[half:]),
            ],
        }
        if kind == "htn_first_pressure":
            pen.old_book(f"随访与体检/{title}2025.xls", sheets)
        else:
            pen.book(f"随访与体检/{title}2025.xlsx", sheets, titles=2)


def _form_row(pen: _Pen, kind: str, entry: Entry, used: Sequence[str], in_csv: bool) -> list[Any]:
    person, rng = entry.person, pen.rng
    who: dict[str, Any] = {"@name": person.name, "@id_number": person.number_told, "@record_no": None}
    # Somebody without a number is known by the old system's number only; others by one of the two.
    if person.without_number or (pen.messy and rng.random() < 0.2):
        who |= {
            "@record_no": person.old_number,
            "@id_number": None if rng.random() < 0.5 else person.number_told,
        }
    who |= {name: value for name, value in entry.answers.items() if name in who}
    if isinstance(who["@id_number"], cells.Raw):
        who["@record_no"] = None
    said = entry.answers | who
    return [pen.cell(kind, each, said.get(each), in_csv) for each in used]
