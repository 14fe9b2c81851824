"""What the system says of the year: measures with persons and reasons, tasks, as plain values."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Q
from tests.acceptance import bringing
from tests.acceptance.naive import tasks as tasks_due

from gongwei import catalogue
from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.measures import figures, periods, run_files, run_persons, running
from gongwei.measures.figures import Place
from gongwei.measures.models import Run
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots.models import Snapshot
from gongwei.tasks.models import Task

#: The system's words for a part, and ours.
PARTS = {
    "随访次数足够": "enough", "随访间隔合理": "spread", "年度体检完整": "examined", "随访填写完整且分类正确": "sound",
    "随访次数足够（不区分随访方式）": "any mode", "年度体检": "examined at all", "最近一次血压达标": "at goal",
    "最近一次血糖达标": "at goal", "最近一次血糖达标（不区分检测类型）": "at goal", "首诊测了血压": "measured",
    "随访记录表都填写完整": "filled", "建立了健康档案": "record", "年内接受体检": "exam", "体检表填写完整": "complete", "接受健康指导": "guided",
    "个人基本信息表填写完整": "basic", "有动态记录": "used", "健康体检表填写完整": "complete",
}  # fmt: skip
GONE = {"年内死亡": "died", "年内迁出": "left"}
Standings = dict[str, dict[str, tuple[str, frozenset[str]]]]


def snapshot(at: dt.datetime) -> Snapshot:
    """A snapshot of all there is."""
    return snapshots.take(by=SYSTEM, at=at, reason="验收")


def run(at: dt.datetime, taken: Snapshot, codes: tuple[str, ...]) -> Run:
    """The measures of some periods."""
    return running.run(
        by=SYSTEM, at=at, snapshot=taken, periods=[periods.parse(each) for each in codes], title="验收"
    )


def standings(made: Run, measures: list[str], period: str) -> Standings:
    """Measure → person → (side, failing parts), from the rows of persons that a run keeps."""
    import duckdb

    names = bringing.names()
    found: Standings = {}
    for code in measures:
        measure = catalogue.measure(code)
        path = run_files.opened(made.id, made.files, period, run_persons.programme_of(measure))
        parts = {fact.code: fact.label for fact in measure.facts}
        listed = ", ".join(f'"{each}"' for each in parts)
        people = found.setdefault(code, {})
        for side in figures.SIDES:
            where = run_persons.condition(measure, side)
            for subject, *values in duckdb.sql(
                f"select subject_id::varchar, {listed} from '{path}' where {where}"
            ).fetchall():
                said = dict(zip(parts.values(), values, strict=True))
                assert names[UUID(subject)] not in people, f"{code}: somebody stands on two sides"
                people[names[UUID(subject)]] = (_side(side), _failing(said, side))
    return found


def reasons(
    by: Actor, made: Run, code: str, period: str, county: int
) -> dict[str, tuple[frozenset[str], int]]:
    """Of everybody whom a measure does not count: the failing parts as the page shows them, and how many reasons it gives."""
    place, names = Place(figures.AREA, str(county), "", "county"), bringing.names()
    found: dict[str, tuple[frozenset[str], int]] = {}
    with scope.acting(by), clock.fixed(bringing.AT):
        after = None
        while True:
            page = run_persons.persons(
                by,
                made,
                measure_code=code,
                period_code=period,
                place=place,
                side=figures.OUT,
                after=after,
                limit=500,
            )
            for line in page.lines:
                found[names[line.resident_id]] = (_failing(line.parts, figures.OUT), len(line.reasons))
            after = page.after
            if after is None:
                return found


def _side(side: str) -> str:
    return {figures.IN: "in", figures.OUT: "out", figures.EXCLUDED: "excluded"}[side]


def _failing(parts: Any, side: str) -> frozenset[str]:
    if side == figures.EXCLUDED:
        return frozenset(GONE[label] for label, value in parts.items() if label in GONE and value is True)
    return frozenset(PARTS[label] for label, value in parts.items() if label in PARTS and value is not True)


#: What a schedule expects of everybody, and of those at high risk.
CONTACTS = (
    "htn.follow_up", "htn.check_up", "dm.follow_up", "dm.check_up", "older.check_up", "older.self_care",
    "htn_high_risk.pressure", "dm_high_risk.glucose",
)  # fmt: skip
#: What waits for another measurement is derived as it stands today: only what is open is in question.
RECHECKS = ("htn.recheck", "dm.recheck")


def tasks() -> dict[tuple[str, str, str], tasks_due.Due]:
    """(person, contact, what it follows) → what is due, of the present year's plan."""
    names = bringing.names()
    open_ones = Q(contact__in=RECHECKS, state__in=("draft", "ready"))
    wanted = Task.objects.filter(Q(contact__in=CONTACTS) | open_ones).exclude(state="cancelled")
    return {
        (names[each.resident_id], each.contact, each.anchor): tasks_due.Due(
            each.earliest, each.due, each.latest, each.completed_on, each.state
        )
        for each in wanted
    }
