"""Who is in a measure and who is not, with the parts that fail (hypertension.md §5, diabetes.md §5, elderly.md §5, records.md §8)."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from tests.acceptance.naive import desk, months, rules, screening
from tests.acceptance.naive.people import Person, Register, Span
from tests.acceptance.naive.records import Record

IN, OUT, EXCLUDED = "in", "out", "excluded"


@dataclass(frozen=True)
class Standing:
    """How somebody stands in a measure: side, and the parts that fail (or the reason of exclusion)."""

    side: str
    failing: frozenset[str] = frozenset()


class Year:
    """The measures of one calendar year, or of the part of it that is over."""

    def __init__(self, year: int, today: dt.date, judge: rules.Judge) -> None:
        self.first, self.last = dt.date(year, 1, 1), min(dt.date(year, 12, 31), today)
        self.judge, self.parameter = judge, judge.parameter
        self.screening = screening.Screening(judge.parameter)

    def all(self, register: Register) -> dict[str, dict[str, Standing]]:
        """Measure → person → standing."""
        found: dict[str, dict[str, Standing]] = {}
        for person in register.people:
            for code, standing in self.person(person).items():
                found.setdefault(code, {})[person.key] = standing
        return found

    def person(self, person: Person) -> dict[str, Standing]:
        """Every measure somebody belongs to."""
        found: dict[str, Standing] = {}
        for prefix, kind, form in (
            ("HTN", "hypertension", "htn_follow_up"),
            ("DM", "diabetes", "dm_follow_up"),
        ):
            if self.managed(person, kind):
                parts = self.norm(person, kind, form)
                found[f"{prefix}.0"] = Standing(IN)
                found[f"{prefix}.1"] = found[f"{prefix}.2"] = _of(
                    {k: parts[k] for k in ("enough", "spread", "examined", "sound")}
                )
                found[f"{prefix}.1A"] = _of({k: parts[k] for k in ("any mode", "examined at all")})
                found[f"{prefix}.3"] = _of({"at goal": parts["at goal"]})
                if prefix == "DM":
                    found["DM.3B"] = _of({"at goal": parts["at any goal"]})
            done = [each for each in self.inside(person, form) if each.completed]
            if done:
                # 完整性: of everybody followed up, managed or not.
                found[f"{prefix}.5"] = _of({"filled": not any(map(self.wanting, done))})
        found |= self.older(person)
        found |= self.record(person)
        first = self.first_contact(person)
        if first is not None:
            found["HTN.4"] = first
        return found

    # ---- chronic diseases ----

    def managed(self, person: Person, kind: str) -> bool:
        """年内已管理: 35 or more at the end, with an episode on some day of the period."""
        least = self.parameter("htn.min_age" if kind == "hypertension" else "dm.min_age", self.last)
        return person.age(self.last) >= least and any(True for _ in self.spans(person, kind))

    def spans(self, person: Person, kind: str) -> Any:
        """Days under management inside the period."""
        for each in person.spans:
            first, last = max(each.first, self.first), min(each.last or self.last, self.last)
            if each.kind == kind and first <= last:
                yield Span(kind, first, last)

    def inside(self, person: Person, form: str) -> list[Record]:
        """Records of the period."""
        return [each for each in rules.live(person, form) if self.first <= each.on <= self.last]

    def norm(self, person: Person, kind: str, form: str) -> dict[str, bool]:
        """P1 to P5 of the standard level, and what the other measures ask."""
        mine = self.inside(person, form)
        done = [each for each in mine if each.completed]
        counted = [each for each in done if each.get("mode") in ("1", "2")]
        if kind == "diabetes":
            counted = [each for each in counted if each.get("fasting_glucose") is not None]
        spans = list(self.spans(person, kind))
        required = len({q for span in spans for q in _quarters(span)})
        exams = self.inside(person, "check_up")
        complete = [e for e in exams if rules.complete(e, kind, self.parameter) and rules.guided(e)]
        kept = len({months.quarter(each.on) for each in counted}) >= required
        gap = max(_widest(span, [each.on for each in counted]) for span in spans)
        prefix = "htn" if kind == "hypertension" else "dm"
        # Who was not met at the last contact counts as not at goal (失访按未达标).
        latest = mine[-1] if mine else None
        sound = all(not each.derived["differs"] or each.get("outcome_reason") for each in counted)
        return {
            "enough": len(counted) >= required,
            "any mode": len(done) >= required,
            "spread": kept or gap <= self.parameter(f"{prefix}.max_gap_days", self.last),
            "examined": bool(complete),
            "examined at all": bool(exams),
            "sound": sound,
            "at goal": latest is not None and latest.completed and self.judge.controlled(latest) is True,
            "at any goal": latest is not None and latest.completed and self.any_goal(latest),
        }

    def wanting(self, record: Record) -> bool:
        """Whether a required item of a follow-up is empty; its class may be the rule's."""
        return desk.lacking(record.kind, record.says) or record.derived["outcome"] is None

    def any_goal(self, record: Record) -> bool:
        """血糖达标（不区分检测类型）: the fasting value, or another where there is no fasting one."""
        if record.kind == "htn_follow_up":
            return False
        return self.judge.controlled(record) is True

    def first_contact(self, person: Person) -> Standing | None:
        """35岁首诊测血压: first contacts of the year of people of 35 or more, on the day itself."""
        least = self.parameter("htn.min_age", self.last)
        mine = [
            each
            for each in self.inside(person, "htn_first_pressure")
            if each.get("occasion") == "1" and person.age(each.on) >= least
        ]
        if not mine:
            return None
        return _of(
            {"measured": any(e.get("systolic") is not None and e.get("diastolic") is not None for e in mine)}
        )

    # ---- older people ----

    def older(self, person: Person) -> dict[str, Standing]:
        """EL.1 and its kin: 65 by the end of the year, here for half a year by then, not gone."""
        year_end = dt.date(self.first.year, 12, 31)
        if year_end.year - person.born.year < self.parameter("older.free_age", self.last):
            return {}
        if person.since is not None and months.add(person.since, 6) > year_end + dt.timedelta(days=1):
            return {}
        exams = [e for e in self.inside(person, "check_up") if e.on.year - person.born.year >= 65]
        parts = {
            "record": person.filed_on <= self.last,
            "exam": bool(exams),
            "complete": any(rules.complete(e, "older", self.parameter) for e in exams),
            "guided": any(map(rules.guided, exams)),
        }
        gone = set()
        if person.died_on is not None and person.died_on <= self.last:
            gone.add("died")
        if person.left_on is not None and person.left_on <= self.last:
            gone.add("left")
        measures = {"EL.1": parts, "EL.2": parts, "EL.3": {"exam": parts["exam"]}}
        if exams:
            measures["EL.7"] = {"complete": parts["complete"]}
        if gone:
            return {code: Standing(EXCLUDED, frozenset(gone)) for code in measures}
        return {code: _of(each) for code, each in measures.items()}

    # ---- the record itself ----

    def record(self, person: Person) -> dict[str, Standing]:
        """HR.4 and HR.6: on file at the end of the period; a dynamic entry in the year; the basic form filled in."""
        found = {}
        ended = person.ended_on
        if person.filed_on <= self.last and not (ended is not None and ended <= self.last):
            basic = [e for e in rules.live(person, "basic_information") if e.on <= self.last]
            found["HR.6"] = _of({"basic": bool(basic)})
            found["HR.4"] = _of({"used": self.used(person)})
            found["HR.5"] = _of({"basic": bool(basic), "used": self.used(person)})
        exams = self.inside(person, "check_up")
        if exams:
            whole = any(rules.complete(e, "everybody", self.parameter) and rules.guided(e) for e in exams)
            found["HR.7"] = _of({"complete": whole})
        return found

    def used(self, person: Person) -> bool:
        """A service of the year that is one: a completed follow-up, an exam, an assessment, a pressure measured."""
        for form in ("htn_follow_up", "dm_follow_up"):
            if any(each.completed for each in self.inside(person, form)):
                return True
        measured = [e for e in self.inside(person, "htn_first_pressure") if e.get("systolic") is not None]
        tested = [
            e for e in self.inside(person, "dm_high_risk_check") if self.screening.glucose(e) is not None
        ]
        if measured or tested or self.inside(person, "htn_high_risk_contact"):
            return True
        return bool(self.inside(person, "check_up") or self.inside(person, "self_care_assessment"))


def _of(parts: dict[str, bool]) -> Standing:
    failing = frozenset(name for name, holds in parts.items() if not holds)
    return Standing(OUT if failing else IN, failing)


def _quarters(span: Span) -> set[tuple[int, int]]:
    assert span.last is not None
    day, found = span.first, set()
    while months.quarter(day) <= months.quarter(span.last):
        found.add(months.quarter(day))
        day = months.add(day.replace(day=1), 3)
    return found


def _widest(span: Span, days: list[dt.date]) -> int:
    """The longest time without a contact: from the beginning, between two, to the end."""
    assert span.last is not None
    marks = [span.first, *sorted(each for each in days if span.first <= each <= span.last), span.last]
    return max((later - earlier).days for earlier, later in itertools.pairwise(marks))
