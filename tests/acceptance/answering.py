"""What the system says of the year: measures with persons and reasons, tasks, services, money, as plain values."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.acceptance import bringing
from tests.acceptance.naive import tasks as tasks_due

from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.measures import figures, periods, run_persons, running
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
    "建立了健康档案": "record", "年内接受体检": "exam", "体检表填写完整": "complete", "接受健康指导": "guided",
    "个人基本信息表填写完整": "basic", "有动态记录": "used", "健康体检表填写完整": "complete",
}  # fmt: skip
GONE = {"年内死亡": "died", "年内迁出": "left"}
Standings = dict[str, dict[str, tuple[str, frozenset[str], tuple[str, ...]]]]


def snapshot(at: dt.datetime) -> Snapshot:
    """A snapshot of all there is."""
    return snapshots.take(by=SYSTEM, at=at, reason="验收")


def run(at: dt.datetime, taken: Snapshot, codes: tuple[str, ...]) -> Run:
    """The measures of some periods."""
    return running.run(by=SYSTEM, at=at, snapshot=taken, periods=[periods.parse(each) for each in codes], title="验收")


def standings(by: Actor, made: Run, measures: list[str], period: str, county: int) -> Standings:
    """Measure → person → (side, failing parts, reasons in words)."""
    place, names = Place(figures.AREA, str(county), "", "county"), bringing.names()
    found: Standings = {}
    with scope.acting(by), clock.fixed(bringing.AT):
        for code in measures:
            people = found.setdefault(code, {})
            for side in figures.SIDES:
                after = None
                while True:
                    page = run_persons.persons(
                        by, made, measure_code=code, period_code=period, place=place, side=side, after=after, limit=500
                    )
                    for line in page.lines:
                        assert names[line.resident_id] not in people, f"{code}: somebody stands on two sides"
                        people[names[line.resident_id]] = (_side(side), _failing(line.parts, side), line.reasons)
                    after = page.after
                    if after is None:
                        break
    return found


def _side(side: str) -> str:
    return {figures.IN: "in", figures.OUT: "out", figures.EXCLUDED: "excluded"}[side]


def _failing(parts: Any, side: str) -> frozenset[str]:
    if side == figures.EXCLUDED:
        return frozenset(GONE[label] for label, value in parts.items() if label in GONE and value is True)
    return frozenset(PARTS[label] for label, value in parts.items() if label in PARTS and value is not True)


def tasks() -> dict[tuple[str, str, str], tasks_due.Due]:
    """(person, contact, what it follows) → what is due, of the present year's plan."""
    names = bringing.names()
    wanted = Task.objects.filter(contact__in=CONTACTS).exclude(state="cancelled")
    return {
        (names[each.resident_id], each.contact, each.anchor): tasks_due.Due(
            each.earliest, each.due, each.latest, each.completed_on, each.state
        )
        for each in wanted
    }


#: What a schedule expects of everybody; what waits for another measurement is looked at elsewhere.
CONTACTS = ("htn.follow_up", "htn.check_up", "dm.follow_up", "dm.check_up", "older.check_up", "older.self_care")
