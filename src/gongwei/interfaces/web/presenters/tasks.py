"""Tasks as plain words: a line of the worklist, a house, a stop of the day's plan."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from gongwei import catalogue
from gongwei.interfaces.web import pages
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.residents import codes
from gongwei.tasks import queries

#: Looks of an urgency: the red of what is overdue is said in words too.
LOOKS = {
    queries.OVERDUE: "gw-due gw-due-over",
    queries.DUE: "gw-due gw-due-now",
    queries.SOON: "gw-due gw-due-soon",
    queries.LATER: "gw-due",
}


def line(row: queries.Due, *, on: dt.date, back: str) -> dict[str, Any]:
    """One task for a list; `back` is the address the form leads back to."""
    key, resident = str(row.id), str(row.resident_id)
    return {
        "id": row.id,
        "resident_id": row.resident_id,
        "key": key,
        "resident_key": resident,
        "name": row.name,
        "sex": codes.name("sex", row.sex).removesuffix("性"),
        "age": presenter.age_words(row.birth_date, on),
        "tags": presenter.tags(row.tags),
        "title": row.title,
        "reason": row.reason_title,
        "due": row.due,
        "latest": row.latest,
        "earliest": row.earliest,
        "look": LOOKS[row.urgency],
        "urgency": row.urgency,
        "when": when(row, on),
        "may_start": row.may_start,
        "village": row.village,
        "address": row.address,
        "doctor": row.doctor,
        "phone": row.phone,
        "attempts": row.attempts,
        "last": row.last_attempt,
        "start": f"{pages.address('resident-serve', resident)}?form={row.form_code}&task={key}&back={_quoted(back)}",
    }


_quoted = lru_cache(maxsize=200)(quote_plus)


def lines(rows: Iterable[queries.Due], *, on: dt.date, back: str) -> list[dict[str, Any]]:
    """Tasks for a list; what one filled form of one person closes stands in one line, with the services it counts for."""
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for row in rows:
        key = (row.resident_id, row.form_code)
        if key not in found:
            found[key] = {**line(row, on=on, back=back), "programmes": []}
        found[key]["programmes"].append(_programme(row.programme))
    for each in found.values():
        each["together"] = "、".join(dict.fromkeys(each["programmes"])) if len(each["programmes"]) > 1 else ""
    return list(found.values())


def _programme(code: str) -> str:
    """A programme's title without the words all of them share."""
    try:
        return catalogue.programme(code).title.removesuffix("健康管理").removesuffix("管理")
    except KeyError:
        return code


def when(row: queries.Due, on: dt.date) -> str:
    """How long it is over, or how long there is still time."""
    if row.urgency == queries.OVERDUE:
        return f"逾期{row.days_over}天"
    if row.urgency == queries.DUE:
        left = (row.latest - on).days
        return "今天截止" if left == 0 else f"已到期，{left}天内完成"
    days = (row.due - on).days
    return f"还有{days}天"


def houses(found: Iterable[Any], *, on: dt.date, back: str) -> list[dict[str, Any]]:
    """Houses with their lines; a person's name stands once."""
    shown = []
    for house in found:
        inside = lines(house.rows, on=on, back=back)
        before = None
        for each in inside:
            each["again"] = each["resident_id"] == before
            before = each["resident_id"]
        shown.append(
            {"village": house.village, "address": house.address, "people": house.people, "lines": inside}
        )
    return shown


def stop(one: Any, *, on: dt.date) -> dict[str, Any]:
    """One person of the day's plan."""
    return {
        "name": one.first.name,
        "sex": codes.name("sex", one.first.sex).removesuffix("性"),
        "age": presenter.age_words(one.first.birth_date, on),
        "tags": presenter.tags(one.first.tags),
        "phone": one.phone,
        "last": one.last,
        "due": [
            {
                "title": row.title,
                "when": when(row, on),
                "over": row.urgency == queries.OVERDUE,
                "due": row.due,
            }
            for row in {each.form_code: each for each in reversed(one.due)}.values()
        ][::-1],
        "tried": one.first.last_attempt,
    }


def cells(row: queries.Due, *, on: dt.date) -> list[Any]:
    """A row of the export; numbers masked."""
    tried = row.last_attempt
    return [
        row.name,
        codes.name("sex", row.sex).removesuffix("性"),
        presenter.age_words(row.birth_date, on),
        row.village,
        row.address,
        row.phone,
        row.title,
        row.reason_title,
        row.due,
        row.latest,
        when(row, on),
        row.doctor,
        row.attempts,
        f"{tried.on} {tried.result}{'：' + tried.note if tried.note else ''}" if tried else "",
    ]


HEAD = (
    "姓名", "性别", "年龄", "村（居）", "住址", "电话", "应做服务", "原因", "应做日期", "最晚日期", "紧急程度",
    "责任医生", "未成次数", "最近未成记录",
)  # fmt: skip
