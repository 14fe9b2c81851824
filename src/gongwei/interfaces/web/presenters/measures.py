"""Figures as plain words: rates, targets, lights, how many are lacking."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from gongwei import catalogue
from gongwei.language.measures import NUMERATOR, RATE, Measure
from gongwei.measures import figures, progress
from gongwei.measures.figures import Figure, Place
from gongwei.measures.targets import Asked

LEVELS = {
    "province": "省",
    "city": "市",
    "county": "县（区）",
    "township": "乡镇",
    "village": "村",
    figures.ORGANIZATION: "机构",
    figures.DOCTOR: "医生",
}
OPS = {">=": "≥", ">": "＞", "=": "＝", "<=": "≤"}
#: The word beside a light and its tone; the word says the same as the colour.
TONES = {progress.MET: "gw-light-met", progress.NEAR: "gw-light-near", progress.BEHIND: "gw-light-behind"}
#: Those that lag stand first, what has no light last.
LAGGING_FIRST = (progress.BEHIND, progress.NEAR, progress.MET, "")
UNITS = {100: "%", 1000: "‰", 10_000: "/万", 100_000: "/10万"}
NONE = "—"
#: The side of those who would close the gap; only live figures have it.
CLOSING = "closing"
LIVE = "live"


@dataclass(frozen=True)
class Addressing:
    """What stands in every address of these pages: where the figures come from."""

    source: str
    period: str
    tree: str

    def query(self, place: Place | None = None, **more: str) -> str:
        """The query string for a place."""
        said = {"source": self.source, "period": self.period, "tree": self.tree}
        if place is not None:
            said["at"] = f"{place.kind}:{place.key}"
        return urlencode(said | more)

    def measure(self, code: str, place: Place, **more: str) -> str:
        """The address of one measure at a place."""
        return f"{_base('measure', code)}?{self.query(place, **more)}"

    def persons(self, code: str, place: Place, side: str) -> str:
        """The address of the persons of a side of a figure."""
        return self.sides(code, place, (side,))[side]

    def sides(self, code: str, place: Place, sides: Iterable[str]) -> dict[str, str]:
        """The addresses of several sides: a page has hundreds, so what they share is made once."""
        shared = f"{_base('measure-persons', code)}?{self.query(place)}&side="
        return {side: shared + side for side in sides}


@cache
def _base(name: str, code: str) -> str:
    return reverse(name, args=[code])


def rate(value: Decimal | None, measure: Measure) -> str:
    """A rate with its unit."""
    return NONE if value is None else f"{value}{UNITS.get(measure.per, f'/{measure.per:,}')}"


def number(value: Decimal | None) -> str:
    """A number without zeros at the end; whole ones with separators."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:f}".rstrip("0").rstrip(".")


def goal(asked: Asked | None) -> str:
    """What is asked, in a word: ≥65%, ＝1,200人; empty without a target."""
    return "" if asked is None else f"{OPS[asked.goal.op]}{number(asked.goal.value)}{asked.unit}"


def expected(asked: Asked, standing: progress.Progress | None) -> str:
    """What could be there by this time of the year; empty where that cannot be said."""
    if standing is None or standing.expected is None:
        return ""
    return f"{number(round(standing.expected, 2))}{asked.unit}"


def chosen(asked: Mapping[str, Asked], measure: Measure) -> Asked | None:
    """The target of a measure at a place: of its rate, else of the persons it counts."""
    own = [each for each in asked.values() if each.measure.code == measure.code]
    for of in (RATE, NUMERATOR):
        found = next((each for each in own if each.of == of), None)
        if found is not None:
            return found
    return None


def line(
    figure: Figure,
    asked: Asked | None,
    standing: progress.Progress | None,
    at: Addressing,
    *,
    before: Figure | None = None,
    opens: bool = True,
) -> dict[str, Any]:
    """One figure as a table shows it, each number with the address of its persons (`opens`: whether they may be seen)."""
    measure, place = catalogue.measure(figure.measure_code), figure.place
    left = at.sides(measure.code, place, figures.SIDES) if opens else {}
    if opens and at.source == LIVE and standing is not None and standing.lacking and measure.among is None:
        left[CLOSING] = at.persons(measure.code, place, CLOSING)
    return {
        "code": measure.code,
        "title": measure.title,
        "place": place,
        "level": LEVELS.get(place.level, ""),
        "url": at.measure(measure.code, place),
        "denominator": figure.denominator,
        "numerator": figure.numerator,
        "missing": figure.missing,
        "excluded": figure.excluded,
        "published": figure.published,
        "base": divided_by(figure, measure),
        "rate": rate(figure.rate, measure),
        "value": figure.rate,
        "counts_only": measure.numerator is None,
        "urls": left,
        "goal": goal(asked),
        "goal_words": goal_words(asked),
        "light": None if standing is None or standing.light is None else progress.LIGHTS[standing.light],
        "tone": "" if standing is None or standing.light is None else TONES[standing.light],
        "expected": _expected(asked, standing),
        "reached": standing is not None and standing.reached,
        "lacking": 0 if standing is None else standing.lacking,
        "lacking_now": 0 if standing is None else standing.lacking_now,
        "before": rate(before.rate, measure) if before is not None else "",
        "change": change(figure, before),
    }


def divided_by(figure: Figure, measure: Measure) -> int | None:
    """What a rate divides by; None where that is a published number nobody reported."""
    return figure.base if figure.published is not None or measure.among is None else None


def _expected(asked: Asked | None, standing: progress.Progress | None) -> str:
    if asked is None or standing is None or standing.expected == asked.goal.value:
        return ""
    said = expected(asked, standing)
    return said and f"按时间进度应{said}"


def goal_words(asked: Asked | None) -> str:
    """Whose target it is, and the document."""
    if asked is None:
        return ""
    from gongwei.measures import targets

    whose = targets.LEVELS.get(asked.goal.level, "")
    return f"{whose}目标：{asked.goal.document}" if whose else asked.goal.document


def change(figure: Figure, before: Figure | None) -> str:
    """By how much a rate is above another; nothing where one of them cannot be said."""
    if before is None or figure.rate is None or before.rate is None:
        return ""
    moved = figure.rate - before.rate
    return f"{moved:+}" if moved else "持平"


def ranked(rows: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Lines in the order asked for, each with its rank by rate (equal rates share one)."""
    rated = sorted(
        (row for row in rows if row["value"] is not None), key=lambda row: row["value"], reverse=True
    )
    place: dict[int, int] = {}
    for number, row in enumerate(rated, start=1):
        same = number > 1 and rated[number - 2]["value"] == row["value"]
        place[id(row)] = place[id(rated[number - 2])] if same else number
    found = [row | {"rank": place.get(id(row))} for row in rows]
    if sort == "name":
        return found
    if sort == "lacking":
        return sorted(found, key=lambda row: -row["lacking"])
    return sorted(found, key=lambda row: (row["value"] is None, -(row["value"] or 0)))


def groups(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines by programme, in the order of the catalogue."""
    by_code = {row["code"]: row for row in rows}
    found = []
    for programme in catalogue.programmes():
        own = [by_code[each.code] for each in programme.measures if each.code in by_code]
        if own:
            found.append({"title": programme.title, "rows": own})
    return found


def published_words(figure: Figure) -> str:
    """What a rate was divided by: value, source, document, version, approval."""
    number = figure.published
    if number is None:
        return ""
    parts = [f"{number.value:,}人", f"来源：{number.source}" if number.source else "", number.document]
    if number.version:
        parts.append(f"第{number.version}版")
    if number.approved_on:
        parts.append(f"{number.approved_on:%Y-%m-%d}批准")
    return "，".join(part for part in parts if part)


def person(line_: Any, side: str, names: Mapping[UUID, str], may_serve: bool) -> dict[str, Any]:
    """One person as the list shows it."""
    known = line_.resident_id in names
    parts = [
        {"label": label, "said": {True: "是", False: "否", None: "不明"}[value], "holds": value is True}
        for label, value in line_.parts.items()
    ]
    serves = may_serve and known and side == figures.OUT
    return {
        "name": names.get(line_.resident_id, line_.name),
        "village": line_.village,
        "doctor": line_.doctor,
        "parts": parts,
        "reasons": tuple(dict.fromkeys(line_.reasons)),
        "url": reverse("resident", args=[line_.resident_id]) if known else "",
        "serve": reverse("resident-serve", args=[line_.resident_id]) if serves else "",
    }


def closer(one: Any, names: Mapping[UUID, str], may_serve: bool, today: dt.date) -> dict[str, Any]:
    """One of those who would close the gap."""
    known = one.resident_id in names
    return {
        "name": names.get(one.resident_id, one.name),
        "village": one.village,
        "doctor": one.doctor,
        "missing": one.missing,
        "due": one.due,
        "latest": one.latest,
        "overdue": one.latest is not None and one.latest < today,
        "reasons": tuple(dict.fromkeys(one.reasons)),
        "url": reverse("resident", args=[one.resident_id]) if known else "",
        "serve": reverse("resident-serve", args=[one.resident_id]) if may_serve and known else "",
    }


#: The columns of the workbook of persons.
PERSON_HEAD = ("姓名", "村（居）", "责任医生", "情况", "原因")


def person_cells(line_: Any) -> list[Any]:
    """One line of the workbook of persons, in the order of PERSON_HEAD."""
    said = {True: "是", False: "否", None: "不明"}
    parts = "；".join(f"{label}：{said[value]}" for label, value in line_.parts.items())
    return [line_.name, line_.village, line_.doctor, parts, "；".join(dict.fromkeys(line_.reasons))]


#: The columns of the workbook of those who would close a gap.
CLOSER_HEAD = ("姓名", "村（居）", "责任医生", "缺项", "原因", "下次应做", "最迟")


def closer_cells(one: Any) -> list[Any]:
    """One line of that workbook, in the order of CLOSER_HEAD."""
    days = ["" if day is None else day_words(day) for day in (one.due, one.latest)]
    return [
        one.name,
        one.village,
        one.doctor,
        "、".join(one.missing),
        "；".join(dict.fromkeys(one.reasons)),
        *days,
    ]


#: The columns of the workbook of figures.
HEAD = (
    "指标编号", "指标", "统计期", "单位级别", "统计单位", "分母", "分子", "未达标", "剔除", "作分母的公布数", "公布数来源", "率",
    "目标", "进度", "还差人数",
)  # fmt: skip


def cells(figure: Figure, said: Mapping[str, Any], period_title: str) -> list[Any]:
    """One line of the workbook of figures, in the order of HEAD."""
    return [
        figure.measure_code, said["title"], period_title, said["level"], figure.place.name, figure.denominator,
        figure.numerator, figure.missing, figure.excluded, figure.published.value if figure.published else None,
        published_words(figure), figure.rate, said["goal"], said["light"] or "", said["lacking"] or None,
    ]  # fmt: skip


def day_words(day: dt.date) -> str:
    """A day as people say it."""
    return f"{day.year}年{day.month}月{day.day}日"
