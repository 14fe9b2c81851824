"""What is due to whom (hypertension.md §2, diabetes.md §2, elderly.md §2): every contact of the present year, done or open."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tests.acceptance.naive import months, rules, screening
from tests.acceptance.naive.people import Person, Register, Span
from tests.acceptance.naive.records import Record

DAY = dt.timedelta(days=1)
RISK_FORMS = {"htn_high_risk": "htn_high_risk_contact", "dm_high_risk": "dm_high_risk_check"}
RISK_CONTACTS = {"htn_high_risk": "htn_high_risk.pressure", "dm_high_risk": "dm_high_risk.glucose"}


@dataclass(frozen=True)
class Due:
    """One contact that is due: it counts from `earliest` to `latest`; `done_on` where it was done."""

    earliest: dt.date
    due: dt.date
    latest: dt.date
    done_on: dt.date | None
    state: str


Tasks = dict[tuple[str, str, str], Due]


class Planner:
    """Plans as of one day."""

    def __init__(self, today: dt.date, judge: rules.Judge) -> None:
        self.today, self.judge, self.parameter = today, judge, judge.parameter
        self.first = dt.date(today.year, 1, 1)
        self.screening = screening.Screening(judge.parameter)

    def all(self, register: Register) -> Tasks:
        """(person, contact, what it follows) → what is due."""
        found: Tasks = {}
        for person in register.people:
            for span in person.spans:
                if span.kind in ("htn_high_risk", "dm_high_risk"):
                    found |= self.at_risk(person, span)
                    continue
                short, form = (
                    ("htn", "htn_follow_up") if span.kind == "hypertension" else ("dm", "dm_follow_up")
                )
                found |= self.follow_ups(person, span, short, form)
                found |= self.yearly(person, span, f"{short}.check_up", "check_up")
            found |= self.rechecks(person)
            older = self.older(person)
            if older is not None:
                found |= self.yearly(person, older, "older.check_up", "check_up")
                found |= self.yearly(person, older, "older.self_care", "self_care_assessment")
        return found

    def older(self, person: Person) -> Span | None:
        """65 by the end of the year and here for half a year by then: from the beginning of the year to the end of the file."""
        year_end = dt.date(self.today.year, 12, 31)
        if year_end.year - person.born.year < self.parameter("older.free_age", self.today):
            return None
        if person.since is not None and months.add(person.since, 6) > year_end + DAY:
            return None
        ended = person.ended_on
        return None if ended is not None and ended < self.first else Span("older", self.first, ended)

    def goes_on(self, person: Person, span: Span) -> bool:
        """Whether anything is left to be done."""
        return person.ended_on is None and (span.last is None or span.last > self.today)

    def follow_ups(self, person: Person, span: Span, short: str, form: str) -> Tasks:
        """A chain: each completed follow-up closes the one before it and makes the next one due."""
        per_day: dict[dt.date, Record] = {}
        for each in rules.live(person, form):
            if each.completed and span.first <= each.on <= (span.last or dt.date.max):
                per_day[each.on] = each
        chain = list(per_day.values())
        found: Tasks = {}
        for place in range(len(chain) + 1):
            closing = chain[place] if place < len(chain) else None
            before = chain[place - 1] if place else None
            if (closing is not None and closing.on < self.first) or (
                closing is None and not self.goes_on(person, span)
            ):
                continue
            if before is None:
                due = months.add(span.first, int(self.parameter(f"{short}.routine_months", span.first)))
                early, late = (
                    dt.timedelta(days=int(self.parameter(f"{short}.window_{each}_days", span.first)))
                    for each in ("early", "late")
                )
                earliest, latest = max(due - early, span.first), due + late
            else:
                earliest, due, latest, _ = self.judge.due_after(before)
            after = f"after:{before.on}" if before else f"start:{span.first}"
            found[person.key, f"{short}.follow_up", after] = self.made(earliest, due, latest, closing)
        return found

    def at_risk(self, person: Person, span: Span) -> Tasks:
        """Measured every half year (glucose: every year), sooner after a raised value."""
        short, form = span.kind.split("_")[0], RISK_FORMS[span.kind]
        per_day = {
            each.on: each
            for each in rules.live(person, form)
            if span.first <= each.on <= (span.last or dt.date.max)
            and (short == "htn" or self.screening.glucose(each) is not None)
        }
        chain = list(per_day.values())
        found: Tasks = {}
        for place in range(len(chain) + 1):
            closing = chain[place] if place < len(chain) else None
            before = chain[place - 1] if place else None
            if (closing is not None and closing.on < self.first) or (
                closing is None and not self.goes_on(person, span)
            ):
                continue
            if before is None:
                due = months.add(span.first, int(self.parameter(f"{short}.high_risk_months", span.first)))
                window = self.screening.window(due, span.first, short, dt.timedelta())
            elif short == "htn":
                window = self.screening.after_contact(before)
            else:
                window = self.screening.after_check(before)
            after = f"after:{before.on}" if before else f"start:{span.first}"
            found[person.key, RISK_CONTACTS[span.kind], after] = self.made(*window, closing)
        return found

    def rechecks(self, person: Person) -> Tasks:
        """What waits for another measurement after a raised one; what was repeated and is over is no more in question."""
        if person.ended_on is not None:
            return {}
        found: Tasks = {}
        for short, raised, judged, form, after in (
            ("htn", self.screening.raised_pressure, self.screening.pressure, "htn_first_pressure", self.screening.after_first_pressure),
            ("dm", self.screening.raised_glucose, self.screening.glucose, "dm_high_risk_check", self.screening.after_check),
        ):  # fmt: skip
            on = raised(person, self.today)
            if on is None:
                continue
            first = max(on, self.first)
            own = [e for e in rules.live(person, form) if e.on == first and judged(e) is not None]
            if own:
                anchor, window = f"after:{first}", after(own[-1])
            else:
                days, late = (
                    dt.timedelta(days=int(self.parameter(f"{short}.recheck_{each}days", first)))
                    for each in ("", "late_")
                )
                anchor, window = f"start:{first}", (first, first + days, first + days + late)
            found[person.key, f"{short}.recheck", anchor] = self.made(*window, None)
        return found

    def yearly(self, person: Person, span: Span, contact: str, form: str) -> Tasks:
        """Once in the calendar year: on the anniversary of the last, by 31 December; then the next year's."""
        until = min(self.today, span.last or self.today)
        done = [each for each in rules.live(person, form) if each.on <= (span.last or dt.date.max)]
        year = self.today.year
        found: Tasks = {}
        now = next((each for each in done if each.on.year == year), None)
        if until.year >= year:
            before = [each for each in done if each.on.year < year]
            earliest = max(self.first, span.first)
            if now is not None or self.goes_on(person, span):
                latest = dt.date(year, 12, 31)
                due = latest
                if before:
                    last = max(each.on for each in before)
                    due = max(months.add(last, 12 * (year - last.year)), earliest)
                if now is not None:
                    earliest = min(earliest, now.on)
                found[person.key, contact, f"year:{year}"] = self.made(earliest, due, latest, now)
        if now is not None and self.goes_on(person, span):
            last = max(each.on for each in done)
            first = dt.date(year + 1, 1, 1)
            due = max(months.add(last, 12), span.first)
            found[person.key, contact, f"year:{year + 1}"] = self.made(
                max(first, span.first), due, dt.date(year + 1, 12, 31), None
            )
        return found

    def made(self, earliest: dt.date, due: dt.date, latest: dt.date, closing: Record | None) -> Due:
        """A task as it stands today."""
        if closing is not None:
            return Due(earliest, due, latest, closing.on, "completed")
        return Due(earliest, due, latest, None, "ready" if earliest <= self.today else "draft")
