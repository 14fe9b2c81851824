"""What a measurement of somebody means who is not under management: raised or not, and when it is to be repeated.

hypertension.md §1: a first reading of 140 or 90 is measured again on other days; three different days in four weeks are a first
diagnosis, whose referral is followed within two weeks; at high risk every half year. diabetes.md §1: a raised glucose is tested again on
another day; at high risk every year. physical_exam.md PE5, PE6: the same of what an exam found. The intervals are parameters [D].
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from tests.acceptance.naive import months, rules
from tests.acceptance.naive.people import Person
from tests.acceptance.naive.records import Record

#: What closes a contact: (form, whether it must have been measured).
PRESSURES = ("htn_first_pressure", "htn_high_risk_contact", "check_up")
GLUCOSES = ("dm_high_risk_check", "check_up")
#: Earliest, due and latest day.
Window = tuple[dt.date, dt.date, dt.date]
DAY = dt.timedelta(days=1)


class Screening:
    """Judges measurements by the parameters of their day."""

    def __init__(self, parameter: rules.Parameter) -> None:
        self.parameter = parameter

    def pressure(self, record: Record) -> bool | None:
        """Raised; None where none was taken."""
        if record.kind == "check_up":
            sides = [(record.get(f"systolic_{s}"), record.get(f"diastolic_{s}")) for s in ("left", "right")]
        else:
            sides = [(record.get("systolic"), record.get("diastolic"))]
        high, low = ([each[n] for each in sides if each[n] is not None] for n in (0, 1))
        if not high or not low:
            return None
        prefix = "exam" if record.kind == "check_up" else "htn"
        return bool(
            max(high) >= self.parameter(f"{prefix}.raised_sbp", record.on)
            or max(low) >= self.parameter(f"{prefix}.raised_dbp", record.on)
        )

    def glucose(self, record: Record) -> bool | None:
        """As high as in diabetes; a random value says so only with typical symptoms; None where nothing was tested."""
        of = lambda code: self.parameter(code, record.on)  # noqa: E731
        fasting, hba1c = record.get("fasting_glucose"), record.get("hba1c")
        if record.kind == "check_up":
            if fasting is None and record.get("fasting_glucose_mg") is not None:
                fasting = (record.get("fasting_glucose_mg") / 18).quantize(Decimal("0.1"), ROUND_HALF_UP)
            known = [(fasting, of("exam.raised_glucose")), (hba1c, of("exam.raised_hba1c"))]
        else:
            with_symptoms = record.get("typical_symptoms") == "2"
            known = [
                (fasting, of("dm.diagnosis_fasting")),
                (hba1c, of("dm.diagnosis_hba1c")),
                (record.get("postprandial_glucose"), of("dm.diagnosis_two_hours")),
                (
                    record.get("random_glucose"),
                    of("dm.diagnosis_random") if with_symptoms else Decimal("Infinity"),
                ),
            ]
        told = [value >= limit for value, limit in known if value is not None]
        return any(told) if told else None

    # ---- the day after which somebody waits for another measurement ----

    def raised_pressure(self, person: Person, today: dt.date) -> dt.date | None:
        """The day of the last raised pressure, unless a normal one was taken that day or later, or he is managed."""
        return self._raised(person, today, "hypertension", "htn", PRESSURES, self.pressure)

    def raised_glucose(self, person: Person, today: dt.date) -> dt.date | None:
        """The same of glucose."""
        return self._raised(person, today, "diabetes", "dm", GLUCOSES, self.glucose)

    def _raised(self, person, today, disease, short, forms, judged):  # type: ignore[no-untyped-def]
        year_end = dt.date(today.year, 12, 31)
        if person.age(year_end) < self.parameter(f"{short}.min_age", year_end):
            return None
        if any(s.kind == disease and s.first <= year_end <= (s.last or year_end) for s in person.spans):
            return None
        first = dt.date(today.year, 1, 1)
        first -= dt.timedelta(days=int(self.parameter(f"{short}.recheck_look_back_days", first)))
        days: dict[bool | None, list[dt.date]] = {True: [], False: [], None: []}
        for form in forms:
            for record in rules.live(person, form):
                if record.on >= first:
                    days[judged(record)].append(record.on)
        if not days[True] or max(days[True]) <= max(days[False], default=dt.date.min):
            return None
        return max(days[True])

    # ---- when the next one is due after a record ----

    def after_first_pressure(self, record: Record) -> Window | None:
        """After a raised first pressure: a referral is looked into within two weeks, else it is measured again."""
        if record.get("systolic") >= self.parameter("htn.emergency_sbp", record.on) or record.get(
            "diastolic"
        ) >= self.parameter("htn.emergency_dbp", record.on):
            return self._within(record, "htn.two_week_days", "htn.two_week_tolerance_days")
        if record.get("known_hypertension") == "2":
            due = months.add(record.on, 3)
            return record.on + DAY, due, due
        if self._raised_days(record) >= self.parameter("htn.diagnosis_days", record.on):
            return self._within(record, "htn.two_week_days", "htn.two_week_tolerance_days")
        return self._within(record, "htn.recheck_days", "htn.recheck_late_days")

    def _raised_days(self, record: Record) -> int:
        """How many different days in a row this form found it raised, each within four weeks of the one before."""
        count, before = 0, None
        for each in rules.live(record.person, "htn_first_pressure"):
            if each.on > record.on or self.pressure(each) is None:
                continue
            within = self.parameter("htn.diagnosis_within_days", each.on)
            if not self.pressure(each):
                count = 0
            elif before is None or (each.on - before).days > within or count == 0:
                count = 1
            elif each.on != before:
                count += 1
            before = each.on
        return count

    def after_contact(self, record: Record) -> Window:
        """After a contact at high risk of hypertension: raised is measured again, else half a year."""
        if self.pressure(record):
            return self._within(record, "htn.recheck_days", "htn.recheck_late_days")
        return self._routine(record, "htn")

    def after_check(self, record: Record) -> Window:
        """After a glucose test: two weeks after a referral, another day after a raised one, else a year."""
        said = [record.get(n) for n in ("fasting_glucose", "random_glucose")]
        high, low = (self.parameter(f"dm.emergency_{end}", record.on) for end in ("high", "low"))
        critical = any(v is not None and (v >= high or v <= low) for v in said) or (
            record.get("postprandial_glucose") is not None and record.get("postprandial_glucose") >= high
        )
        if critical or (self.glucose(record) and self._confirmed(record)):
            return self._within(record, "dm.two_week_days", "dm.two_week_tolerance_days")
        if self.glucose(record):
            return self._within(record, "dm.recheck_days", "dm.recheck_late_days")
        return self._routine(record, "dm")

    def _confirmed(self, record: Record) -> bool:
        """Two raised results of this form on different days, or one with symptoms (those of an exam make the list of suspects)."""
        if record.get("typical_symptoms") == "2":
            return True
        mine = [
            e
            for e in rules.live(record.person, record.kind)
            if e.on < record.on and self.glucose(e) is not None
        ]
        within = self.parameter("dm.diagnosis_within_days", record.on)
        return bool(mine) and (record.on - mine[-1].on).days <= within and self.glucose(mine[-1]) is True

    def _within(self, record: Record, days: str, late: str) -> Window:
        due = record.on + dt.timedelta(days=int(self.parameter(days, record.on)))
        return record.on + DAY, due, due + dt.timedelta(days=int(self.parameter(late, record.on)))

    def _routine(self, record: Record, short: str) -> Window:
        return self.window(
            months.add(record.on, int(self.parameter(f"{short}.high_risk_months", record.on))),
            record.on,
            short,
            DAY,
        )

    def window(self, due: dt.date, since: dt.date, short: str, floor: dt.timedelta) -> Window:
        """Days before and after a day that is due every so many months."""
        around = dt.timedelta(days=int(self.parameter(f"{short}.high_risk_window_days", since)))
        return max(due - around, since + floor), due, due + around
