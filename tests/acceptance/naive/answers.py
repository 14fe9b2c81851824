"""Everything the naive side says of a package, in one go."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.naive import afterwards, institutions, measures, people, reading, records, rules

PARAMETERS = Path(__file__).parents[3] / "src" / "gongwei" / "programmes"


@dataclass
class Answers:
    """The register, what became of every row, and a judge to ask more of."""

    register: people.Register
    verdicts: list[people.Verdict]
    judge: rules.Judge
    today: dt.date
    institutions: institutions.Institutions

    def year(self, year: int) -> dict[str, dict[str, measures.Standing]]:
        """The measures of a year (of its part up to today)."""
        return measures.Year(year, self.today, self.judge).all(self.register)


def of(package: Path, later: Path, today: dt.date) -> Answers:
    """Read, file, enrol, record, correct and judge."""
    tables = reading.tables(package)
    register, verdicts = people.file_all(tables, today)
    verdicts += people.enrol_all(tables, register, today)
    verdicts += records.take_all(tables, register, records.staff(tables), today)
    judge = rules.Judge(rules.lookup(reading.parameters(PARAMETERS)))
    for person in register.people:
        judge.person(person)
    afterwards.happened(later, register)
    for person in register.people:
        judge.person(person)
    return Answers(register, verdicts, judge, today, institutions.of(tables))
