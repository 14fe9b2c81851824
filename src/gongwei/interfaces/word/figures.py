"""The report of a frozen run for the leader: what was reached, against which target, who ranks where, what is lacking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongwei.interfaces.word import documents

_COLOURS = {"达到": documents.GREEN, "接近": documents.YELLOW, "落后": documents.RED}


@dataclass(frozen=True)
class Content:
    """What the report says, as plain words. groups: lines of the place by programme; rankings: (title, lines) of the places
    below for measures with a target; basis: what the figures rest on, line by line."""

    place: str
    period: str
    cut: str
    groups: Sequence[Mapping[str, Any]]
    rankings: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
    basis: Sequence[str]


def written(content: Content) -> bytes:
    """The document."""
    lines = [row for group in content.groups for row in group["rows"]]
    asked = [row for row in lines if row["goal"]]
    report = documents.Report(
        f"{content.place}基本公共卫生服务指标情况", f"{content.period}　数据截至{content.cut}"
    )
    report.heading("一、总体情况")
    report.text(_overview(content, asked))
    report.heading("二、各项指标")
    report.table(
        ("指标", "分子", "分母", "率", "目标", "进度", "上年同期"),
        [_row(row) for row in lines],
        (5.4, 1.8, 1.8, 1.9, 1.7, 1.5, 2.1),
    )
    report.heading("三、差距")
    behind = [row for row in asked if row["lacking"]]
    for row in behind:
        report.text(
            f"{row['title']}：目标{row['goal']}，现为{row['rate']}，还差{row['lacking']:,}人"
            + (f"（{row['expected']}）" if row["expected"] else "")
            + "。"
        )
    if not behind:
        report.text("有目标的指标均已达到。" if asked else "本年度尚未下达目标。")
    if content.rankings:
        report.heading("四、各单位位次")
    for title, rows in content.rankings:
        report.text(title)
        report.table(
            ("位次", "单位", "分子", "分母", "率", "进度", "还差人数"),
            [_ranked(row) for row in rows],
            (1.3, 5.4, 2, 2, 2, 1.7, 1.8),
        )
    report.heading("说明")
    for line in content.basis:
        report.small(line)
    return report.content()


def _overview(content: Content, asked: Sequence[Mapping[str, Any]]) -> str:
    counts = {word: sum(row["light"] == word for row in asked) for word in _COLOURS}
    counts["公布数未填报"] = sum(row["light"] is None for row in asked)
    said = "，".join(f"{word}{number}项" for word, number in counts.items() if number)
    begin = (
        f"{content.period}，{content.place}统计指标{sum(len(group['rows']) for group in content.groups)}项"
    )
    if not asked:
        return f"{begin}，本年度尚未下达目标。"
    return f"{begin}，其中有目标的{len(asked)}项：{said}。进度按统计期末的时间要求判断。"


def _row(row: Mapping[str, Any]) -> list[documents.Cell]:
    return [
        f"{row['title']}（{row['code']}）",
        f"{row['numerator']:,}",
        "未填报" if row["base"] is None else f"{row['base']:,}",
        row["rate"],
        row["goal"],
        _light(row),
        row["before"],
    ]


def _ranked(row: Mapping[str, Any]) -> list[documents.Cell]:
    return [
        str(row["rank"] or ""),
        row["place"].name,
        f"{row['numerator']:,}",
        "未填报" if row["base"] is None else f"{row['base']:,}",
        row["rate"],
        _light(row),
        f"{row['lacking']:,}" if row["lacking"] else "",
    ]


def _light(row: Mapping[str, Any]) -> documents.Cell:
    return (row["light"] or "", _COLOURS.get(row["light"] or ""))
