"""The annual report of evaluation in Word: results by level, bands, problems and how they were put right, decisions, appeals."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gongwei.interfaces.word import documents

#: Problems listed one by one; more are counted.
LISTED = 40


def annual_report(
    *,
    area: str,
    year: int,
    levels: Sequence[tuple[str, list[int], list[dict[str, Any]]]],
    bands: Sequence[str],
    issues: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    frauds: Sequence[Mapping[str, Any]],
    appeals: Mapping[str, int],
    on: dt.date,
) -> bytes:
    """The report as a file. levels: title, numbers of the rounds, lines as the page of the year shows them."""
    report = documents.Report(
        f"{area}{year}年度基本公共卫生服务项目绩效评价报告", f"{on.year}年{on.month}月{on.day}日"
    )
    report.heading("一、评价结果")
    if not levels:
        report.text("本年度还没有评价结果。")
    for title, numbers, rows in levels:
        _level(report, title, numbers, rows, bands)
    report.heading("二、问题与整改")
    _problems(report, issues, counts)
    report.heading("三、弄虚作假认定与申诉")
    if not frauds:
        report.text("本年度没有认定弄虚作假。")
    for each in frauds:
        withdrawn = f"，已撤销（{each['reason']}）" if each["state_code"] == "withdrawn" else ""
        report.text(f"{each['organization']}：{each['unit']}以{each['document']}认定{withdrawn}。")
    report.text(f"共受理申诉{appeals['all']}件，成立{appeals['granted']}件，不成立{appeals['refused']}件。")
    return report.content()


def _level(
    report: documents.Report,
    title: str,
    numbers: Sequence[int],
    rows: Sequence[Mapping[str, Any]],
    bands: Sequence[str],
) -> None:
    found = Counter(row["band"] for row in rows)
    said = "，".join(f"{name}{found[name]}家" for name in [*bands, "一票否决"] if found[name])
    report.text(f"{title}：共评价{len(rows)}家{'，' + said if said else ''}。")
    if not rows:
        return
    wide = 6.4 - 0.6 * max(0, len(numbers) - 2)
    each = 1.7
    head = ("名次", "机构", *(f"第{number}轮" for number in numbers), "年度得分", "等次")
    lines: list[list[documents.Cell]] = []
    for row in rows:
        bad = documents.RED if row["band"] in ("不合格", "一票否决") else None
        lines.append(
            [
                str(row["place"] or "—"),
                row["name"],
                *(cell["points"] for cell in row["cells"]),
                row["points"],
                (row["band"], bad),
            ]
        )
    report.table(head, lines, (1.3, wide, *(each for _ in numbers), 2.1, 2.0))


def _problems(
    report: documents.Report, issues: Sequence[Mapping[str, Any]], counts: Mapping[str, int]
) -> None:
    if not counts["all"]:
        report.text("本年度没有登记问题。")
        return
    rate = counts["closed"] * 100 / counts["all"]
    report.text(
        f"共登记问题{counts['all']}个，已销号{counts['closed']}个，整改完成率{rate:.1f}％；"
        f"按期销号{counts['in_time']}个，逾期未完成{counts['overdue']}个。"
    )
    lines = [
        [
            each["organization"],
            each["description"],
            each["severity"],
            f"{each['due_on']:%Y-%m-%d}",
            each["state"],
        ]
        for each in issues[:LISTED]
    ]
    report.table(("机构", "问题", "严重程度", "期限", "状态"), lines, (3.6, 6.4, 1.8, 2.4, 2.0))
    if len(issues) > LISTED:
        report.small(f"其余{len(issues) - LISTED}个问题见整改台账。")
