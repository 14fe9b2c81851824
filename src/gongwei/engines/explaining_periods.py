"""Why counts, gaps and latest records of a period came out as they did: what was done, what was due, what did not count. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from gongwei.engines import compiled, compiled_periods
from gongwei.engines import explaining_records as in_records
from gongwei.engines import explaining_words as words
from gongwei.engines.subjects import DateRange, EpisodeSpan, Record, Subject
from gongwei.language import intervals, nodes
from gongwei.language.expressions import Node
from gongwei.language.types import Value


@dataclass(frozen=True)
class Asked:
    """Whom the question is about, and when it is asked."""

    subject: Subject
    period: DateRange
    today: date | None

    def value(self, node: Node) -> Value:
        """The value in the period."""
        return compiled_periods.evaluate(node, self.subject, self.period)

    def records(self, form: Any, where: Node | None = None, *, ever: bool = False) -> list[Record]:
        """The period's records (or all up to its end) for which the condition holds, in order."""
        first = date.min if ever else self.period.first
        found = (
            r for r in reversed(self.subject.newest_first(form)) if first <= r.done_on <= self.period.last
        )
        return [r for r in found if where is None or compiled.evaluate(where, r, self.subject) is True]

    def spans(self, kind: str) -> list[EpisodeSpan]:
        """All times under management, in order."""
        return sorted((e for e in self.subject.episodes if e.kind == kind), key=lambda each: each.started_on)

    def touches(self, span: EpisodeSpan) -> bool:
        """Whether a time under management lies in the period, in part at least."""
        return span.started_on <= self.period.last and (
            span.ended_on is None or span.ended_on >= self.period.first
        )

    def day(self, on: date) -> str:
        """A record's day in words."""
        return words.day(on, self.period)


# ---- management -------------------------------------------------------------------------------------------------


def episode(node: nodes.EpisodeOverlaps | nodes.EpisodeActiveOn, asked: Asked, wanted: bool) -> str:
    """The times under management that touch the period; where there are none, how the last one ended or that there was none."""
    spans = asked.spans(node.episode)
    if asked.value(node) is True:
        told = [each for each in spans if asked.touches(each)]
        return "、".join(_management(each) for each in told)
    ended = [
        each.ended_on for each in spans if each.ended_on is not None and each.ended_on <= asked.period.last
    ]
    later = [each.started_on for each in spans if each.started_on > asked.period.last]
    if ended:
        return f"{max(ended).isoformat()}终止管理"
    return f"{min(later).isoformat()}才纳入管理" if later else "没有纳入管理"


def _management(span: EpisodeSpan) -> str:
    if span.ended_on is None:
        return f"{span.started_on.isoformat()}纳入管理"
    return f"{span.started_on.isoformat()}至{span.ended_on.isoformat()}在管"


def _units_under(node: nodes.EpisodeUnits, asked: Asked) -> list[int]:
    """The calendar units of the period under management, by number."""
    found: set[int] = set()
    for span in asked.spans(node.episode):
        first = max(span.started_on, asked.period.first)
        last = min(span.ended_on or asked.period.last, asked.period.last)
        if first <= last:
            found.update(
                range(intervals.unit_index(first, node.unit), intervals.unit_index(last, node.unit) + 1)
            )
    return sorted(found)


# ---- how many records -------------------------------------------------------------------------------------------


def counted(node: nodes.Compare, asked: Asked, wanted: bool) -> str:
    """So many, so many were required; which units lack one, and which records did not count and why."""
    count, required = node.left, node.right
    assert isinstance(count, nodes.CountIn)
    assert isinstance(required, nodes.EpisodeUnits)
    under = _units_under(required, asked)
    if not under:
        return episode(nodes.EpisodeOverlaps(required.episode), asked, True)
    noun, done = words.noun(count.form), asked.records(count.form, count.where)
    in_units = {intervals.unit_index(each.done_on, required.unit) for each in done}
    if count.distinct_on is None:
        said = f"{noun}{len(done)}次，应{len(under)}次"
    else:
        unit = {"month": "月份", "quarter": "季度", "year": "年度"}[required.unit]
        said = f"有{noun}的{unit}{len(in_units)}个，应{len(under)}个"
    if asked.value(node) is True:
        return said
    open_from = None if asked.today is None else intervals.unit_index(asked.today, required.unit)
    empty = [each for each in under if each not in in_units]
    lacking = [each for each in empty if open_from is None or each < open_from]
    coming = [each for each in empty if open_from is not None and each >= open_from]
    gaps = [f"缺{words.units(lacking, required.unit, asked.period)}"] if lacking else []
    gaps += [f"待做{words.units(coming, required.unit, asked.period)}"] if coming else []
    return "；".join([said, *gaps, *_not_counted(count, done, asked)])


def _not_counted(count: nodes.CountIn, done: list[Record], asked: Asked) -> list[str]:
    """The period's other records of the form, and why they do not count."""
    others = [each for each in asked.records(count.form) if each not in done]
    if not others or count.where is None:
        return []
    told = [
        f"{asked.day(each.done_on)}{in_records.obstacles(count.where, each, asked.subject).text}"
        for each in others
    ]
    return [f"另有{len(others)}次不计入（{'；'.join(told[:3])}）"]


def any_in(node: nodes.Compare, asked: Asked, wanted: bool) -> str:
    """At least one, or none at all where none is wanted."""
    count = node.left
    assert isinstance(count, nodes.CountIn)
    found = asked.records(count.form, count.where)
    if found and not wanted and count.where is not None:
        told = in_records.obstacles(count.where, found[0], asked.subject, wanted=False).text
        more = f"；另有{len(found) - 1}次" if len(found) > 1 else ""
        return f"{asked.day(found[0].done_on)}{words.noun(count.form)}{told}{more}"
    if not wanted and not found:
        return f"没有不符合要求的{words.noun(count.form)}"
    if found:
        days = "、".join(asked.day(each.done_on) for each in found[-3:])
        return f"{words.noun(count.form)}{len(found)}次（{days}）"
    tried = asked.records(count.form)
    if not tried or count.where is None:
        return words.nothing_done(count.form, asked.period)
    compared = [(in_records.obstacles(count.where, each, asked.subject), each) for each in tried]
    # The record that comes closest, the latest of equals: what was said otherwise weighs more than what was left empty.
    best, record = min(
        compared, key=lambda pair: (len(pair[0].said), len(pair[0].missing), -pair[1].done_on.toordinal())
    )
    if not best.text:
        return ""
    return f"{words.sheet(count.form)}（{asked.day(record.done_on)}）{best.text}"


def is_any_in(node: Node) -> bool:
    """`Form.any_in(PERIOD, ...)`: at least one record."""
    return (
        isinstance(node, nodes.Compare)
        and node.op == "ge"
        and isinstance(node.left, nodes.CountIn)
        and isinstance(node.right, nodes.Literal)
        and node.right.value == 1
    )


# ---- the latest record, gaps, answers ---------------------------------------------------------------------------


def latest(node: nodes.LatestIn, asked: Asked, wanted: bool) -> str:
    """The latest record: the values its condition rests on, or what is lacking in it."""
    found = asked.records(node.form, node.where, ever=node.ever)
    if not found:
        called = words.noun(node.form)
        return f"没有{called}" if node.ever else words.nothing_done(node.form, asked.period)
    latest = found[-1]
    on, value = asked.day(latest.done_on), asked.value(node)
    blamed = in_records.obstacles(node.value, latest, asked.subject)
    shown = words.readings(in_records.measured(node.value, latest, asked.subject))
    if shown:
        verdict = {True: "达标", False: "未达标", None: "不能判断"}[
            value if isinstance(value, bool) else None
        ]
        missing = f"，缺：{words.listed(blamed.missing)}" if blamed.missing else ""
        return f"最近一次{shown}（{on}），{verdict}{missing}"
    if value is True:
        return (
            f"{words.sheet(node.form)}（{on}）填写完整"
            if node.ever
            else f"{words.noun(node.form)}（{on}）符合"
        )
    return f"{words.sheet(node.form)}（{on}）{blamed.text}" if blamed.text else ""


def latest_day(node: nodes.LatestIn, asked: Asked) -> str:
    """When the latest record was done."""
    found = asked.records(node.form, node.where, ever=node.ever)
    called = words.noun(node.form)
    return f"最近一次{called}在{found[-1].done_on.isoformat()}" if found else f"没有{called}"


def gap(node: nodes.Compare, asked: Asked, wanted: bool) -> str:
    """The widest gap, and how wide it may be."""
    widest, most = asked.value(node.left), asked.value(node.right)
    if widest is None:
        return "没有纳入管理"
    return f"最长间隔{words.number(widest)}天" + ("" if most is None else f"，应不超过{words.number(most)}天")


def unanswered(node: nodes.Compare, asked: Asked, wanted: bool) -> str:
    """The records that called for another one, and whether it came in time."""
    call = node.left
    assert isinstance(call, nodes.UnansweredIn)
    within, noun = asked.value(call.within), words.noun(call.answer_form)
    calls = asked.records(call.form, call.where)
    if within is None or not calls:
        return f"没有须限期再{noun}的情况"
    late: list[str] = []
    waiting: list[str] = []
    for each in calls:
        deadline = intervals.add(each.done_on, intervals.DAY, int(str(within)))
        if not _answered(call, each.done_on, deadline, asked.subject):
            over = deadline <= asked.period.last
            told = f"{asked.day(each.done_on)}后应在{asked.day(deadline)}前"
            (late if over else waiting).append(told)
    if late:
        return f"{len(late)}次未按期再{noun}：{'、'.join(late)}"
    if waiting:
        return f"待再{noun}：{'、'.join(waiting)}"
    return f"{len(calls)}次均已按期再{noun}"


def _answered(call: nodes.UnansweredIn, called_on: date, deadline: date, subject: Subject) -> bool:
    return any(
        called_on < each.done_on <= deadline
        and (call.answer is None or compiled.evaluate(call.answer, each, subject) is True)
        for each in subject.newest_first(call.answer_form)
    )
