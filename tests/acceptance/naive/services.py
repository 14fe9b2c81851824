"""What counts as one paid service and what does not, with the first reason (evaluation_and_funds.md §7; the services' own READMEs).

Only qualified services, each once: by itself first (period, resident, management, its parts, what people found), then among the
services that claim the same exam, then among the person's others of the kind (one a day, not before its window opens, no more
than the year's number).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from tests.acceptance.naive import months, rules
from tests.acceptance.naive.people import Person, Register
from tests.acceptance.naive.records import Record

#: One exam is paid once, to the first it satisfies.
CLAIM = ("older.management", "dm.check_up", "htn.check_up")
#: Services that stand for one another in the year's number.
SERIES = {"htn.follow_up_home": "htn.follow_up"}
AT_MOST = {"htn.follow_up": 4, "dm.follow_up": 4}
NOBODYS = ("not_enrolled", "not_eligible")


@dataclass
class Claimed:
    """One record as one service: the reason it does not count ("" where it does) and its weight."""

    record: Record
    service: str
    reason: str = ""
    weight: Decimal = Decimal(0)


class Counter:
    """Counts the services of one year. written_on: the day of the upload, or of the package (moved_in) and what followed it."""

    def __init__(
        self,
        year: int,
        written_on: dt.date,
        judge: rules.Judge,
        late_days: int,
        late_factor: Decimal,
        moved_in: bool = True,
    ) -> None:
        self.first, self.last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        self.written_on, self.judge, self.parameter = written_on, judge, judge.parameter
        self.late_days, self.late_factor, self.moved_in = late_days, late_factor, moved_in

    def all(self, register: Register) -> list[Claimed]:
        """Every record of the year as every service that may claim it."""
        return [each for person in register.people for each in self.person(person)]

    def person(self, person: Person) -> list[Claimed]:
        """Those of one resident."""
        found: list[Claimed] = []
        for record in person.records:
            if self.first <= record.on <= self.last:
                if record.status != "final":
                    found.append(
                        Claimed(record, _FIRST[record.kind], record.status) if record.kind in _FIRST else None
                    )  # type: ignore[arg-type]
                else:
                    found += self.claims(record)
        found = [each for each in found if each is not None]
        found = [each for each in found if each.record.status != "final"] + self.settled(
            [e for e in found if e.record.status == "final"]
        )
        self.among(found)
        for each in found:
            if not each.reason:
                entered = self.entered(each.record)
                late = entered is not None and (entered - each.record.on).days > self.late_days
                each.weight = self.late_factor if late else Decimal(1)
        return found

    def entered(self, record: Record) -> dt.date | None:
        """When it was written down: of what came with an old system, the day that system was told; None where nobody knows it (a day
        before the service or after the package is none). A correction is written down when it is made."""
        if not self.moved_in or "corrects" in record.derived:
            return self.written_on
        told = record.says.get("@entered_on")
        return told if told is not None and record.on <= told <= self.written_on else None

    def claims(self, record: Record) -> list[Claimed]:
        """The services of the record's form that are about it, each with the first reason that lies in the record."""
        older = record.on.year - record.person.born.year >= 65
        made: list[tuple[str, str]] = []
        match record.kind:
            case "basic_information":
                earlier = [
                    e
                    for e in rules.live(record.person, record.kind)
                    if (e.on, e.serial) < (record.on, record.serial)
                ]
                made = [("record.updated" if earlier else "record.created", "")]
            case "htn_follow_up":
                home = record.get("mode") == "2"
                made = [
                    (
                        "htn.follow_up_home" if home else "htn.follow_up",
                        self.follow_up(record, "hypertension"),
                    )
                ]
            case "dm_follow_up":
                made = [("dm.follow_up", self.follow_up(record, "diabetes"))]
            case "self_care_assessment":
                made = [("older.self_care", "" if older else "not_eligible")]
            case "check_up":
                whole = rules.complete(record, "older", self.parameter) and rules.guided(record)
                made = [("older.management", "not_eligible" if not older else "" if whole else "incomplete")]
                if older:
                    told = record.get("reported_on") is not None and rules.guided(record)
                    made.append(("older.feedback", "" if told else "incomplete"))
                for service, kind in (("dm.check_up", "diabetes"), ("htn.check_up", "hypertension")):
                    whole = rules.complete(record, kind, self.parameter) and rules.guided(record)
                    made.append((service, self.enrolled(record, kind) or ("" if whole else "incomplete")))
        ended = record.person.ended_on
        if ended is not None and record.on > ended:
            made = [(service, "resident_ended") for service, _ in made]
        held = self.held(record)
        return [Claimed(record, service, reason or held) for service, reason in made]

    def enrolled(self, record: Record, kind: str) -> str:
        """ "" on a day under management."""
        for span in record.person.spans:
            if span.kind == kind and span.first <= record.on <= (span.last or dt.date.max):
                return ""
        return "not_enrolled"

    def follow_up(self, record: Record, kind: str) -> str:
        """Completed, face to face, with what it is about measured, of somebody under management."""
        if outside := self.enrolled(record, kind):
            return outside
        if not record.completed:
            return "not_completed"
        if record.get("mode") not in ("1", "2"):
            return "not_face_to_face"
        return "" if self.judge.measured(record) else "incomplete"

    def held(self, record: Record) -> str:
        """An emergency nobody referred is a blocking finding (QC008) until somebody decides."""
        if (
            record.kind in ("htn_follow_up", "dm_follow_up")
            and self.judge.emergency(record)
            and not record.get("referral_to")
        ):
            return "finding_open"
        return ""

    def settled(self, found: list[Claimed]) -> list[Claimed]:
        """Of the services that claim one exam the first it satisfies is paid; what is nobody's is told only where nothing else is."""
        groups: dict[int, list[Claimed]] = defaultdict(list)
        rest = []
        for each in found:
            if each.service in CLAIM:
                groups[id(each.record)].append(each)
            else:
                rest.append(each)
        for group in groups.values():
            group.sort(key=lambda each: CLAIM.index(each.service))
            kept = [each for each in group if each.reason not in NOBODYS] or group[:1]
            winner = next((each for each in group if not each.reason), None)
            for each in kept:
                if winner is not None and CLAIM.index(each.service) > CLAIM.index(winner.service):
                    each.reason = "paid_elsewhere"
            rest += kept
        return rest

    def among(self, found: list[Claimed]) -> None:
        """In the order of days: one a day, not before the window opens, no more than the year's number."""
        series: dict[str, list[Claimed]] = defaultdict(list)
        for each in found:
            if not each.reason:
                series[SERIES.get(each.service, each.service)].append(each)
        for name, mine in series.items():
            mine.sort(key=lambda each: (each.record.on, each.record.serial))
            days: set[dt.date] = set()
            opens, counted = dt.date.min, 0
            for each in mine:
                on = each.record.on
                if on in days:
                    each.reason = "duplicate"
                    continue
                days.add(on)
                if on < opens:
                    each.reason = "too_early"
                elif counted >= AT_MOST.get(name, 1):
                    each.reason = "over_limit"
                else:
                    counted += 1
                    if name in AT_MOST:
                        opens = self.window(each.record, name.split(".")[0])

    def window(self, record: Record, short: str) -> dt.date:
        """From which day the next one counts."""
        tomorrow = record.on + dt.timedelta(days=1)
        if record.derived["row"] in rules.TWO_WEEKS:
            return tomorrow
        due = months.add(record.on, int(self.parameter(f"{short}.routine_months", self.last)))
        return max(
            due - dt.timedelta(days=int(self.parameter(f"{short}.window_early_days", self.last))), tomorrow
        )


#: What is withdrawn or corrected is told once, for the first service of its form.
_FIRST = {
    "basic_information": "record.created",
    "htn_follow_up": "htn.follow_up",
    "dm_follow_up": "dm.follow_up",
    "check_up": "older.management",
    "self_care_assessment": "older.self_care",
}
