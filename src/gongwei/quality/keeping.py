"""Bringing the stored findings into line with what the rules say now. Run as the owner of the tables.

Twice the same gives the same: a finding is known by its rule, what it is about, and its key. What is no longer found
within the scope of a run is closed as put right; what was put right and is found again is opened again; what a person
dismissed stays dismissed, for a person decided.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from gongwei.base import ids
from gongwei.quality import rules

_COLUMNS = (
    "id", "rule", "key", "title", "severity", "dimension", "resident_id", "area_key", "response_id", "form_code",
    "done_on", "practitioner_id", "organization_id", "found", "expected", "evidence", "digest",
)  # fmt: skip
_TYPES = (
    "uuid", "text", "text", "text", "text", "text", "uuid", "int8", "uuid", "text",
    "date", "uuid", "uuid", "text", "text", "jsonb", "text",
)  # fmt: skip
_TABLE = "create temp table if not exists quality_found ({}) on commit delete rows".format(
    ", ".join(f"{name} {of}" for name, of in zip(_COLUMNS, _TYPES, strict=True))
)
#: How a finding is known again, by what it is about. Plain equalities, so that an index or a hash finds it.
_SAME = {
    "response": "old.response_id = new.response_id",
    "resident": "old.resident_id = new.resident_id and old.response_id is null",
    "practitioner": "old.practitioner_id = new.practitioner_id and old.response_id is null and old.resident_id is null",
}
_INSERT = f"""
insert into quality_finding ({", ".join(_COLUMNS)}, state, detected_at, run_id, closed_because)
select {", ".join(_COLUMNS)}, 'open', %(at)s, %(run)s, '' from quality_found
on conflict do nothing
"""
# What stands in words may have moved with the rule or the record's surroundings; who looks into it has not.
_SAID = ("title", "severity", "dimension", "practitioner_id", "organization_id", "done_on", "found", "expected",
         "evidence", "digest")  # fmt: skip
_REFRESH = f"""
update quality_finding old set {", ".join(f"{name} = new.{name}" for name in _SAID)}
from quality_found new where {{same}} and old.rule = new.rule and old.key = new.key and old.state in ('open', 'confirmed')
  and ({", ".join(f"old.{name}" for name in _SAID)}) is distinct from ({", ".join(f"new.{name}" for name in _SAID)})
"""
_REOPEN = f"""
update quality_finding old set state = 'open', closed_at = null, closed_by = null, closed_because = '',
  {", ".join(f"{name} = new.{name}" for name in _SAID)}
from quality_found new where {{same}} and old.rule = new.rule and old.key = new.key and old.state = 'fixed' returning old.id
"""
_CLOSE = """
update quality_finding old set state = 'fixed', closed_at = %(at)s, closed_by = null,
  closed_because = case
    when response.status = 'superseded' then 'corrected'
    when response.status = 'entered_in_error' then 'withdrawn'
    when old.digest <> all(%(digests)s) then 'rule'
    else 'changed' end
from quality_finding same left join records_response response on response.id = same.response_id
where same.id = old.id and old.state in ('open', 'confirmed') and ({scope})
  and not exists (select 1 from quality_found new
    where {same} and old.rule = new.rule and old.key = new.key)
returning old.id, old.closed_because
"""
_STEP = """
insert into quality_findingstep (id, finding_id, what, because, note, at)
select unnest(%s::uuid[]), unnest(%s::uuid[]), %s, unnest(%s::text[]), %s, %s
"""


@dataclass(frozen=True)
class Found:
    """One thing that is wrong, and whom and what it is about."""

    rule: rules.Rule
    key: str
    area_key: int
    digest: str
    resident_id: UUID | None = None
    response_id: UUID | None = None
    form_code: str = ""
    done_on: dt.date | None = None
    practitioner_id: UUID | None = None
    organization_id: UUID | None = None
    found: str = ""
    expected: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def row(self) -> tuple[Any, ...]:
        """The values of the columns."""
        rule = self.rule
        return (
            ids.uuid7(), rule.code or rule.title, self.key, rule.title, rule.severity.value, rule.dimension.value,
            self.resident_id, self.area_key, self.response_id, self.form_code, self.done_on, self.practitioner_id,
            self.organization_id, self.found, self.expected, Jsonb(self.evidence), self.digest,
        )  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """What was looked at, as a condition on findings (`old`): only what lies in it may be closed.

    about: response, resident or practitioner: all findings of one run are about the same kind of thing.
    digests: those of the rules as they are now. A finding of another one is closed because the rule changed.
    """

    about: str
    condition: str
    values: dict[str, Any]
    digests: Sequence[str] = ()


@dataclass
class Outcome:
    """What came of it: how many new ones, opened again, closed."""

    found: int = 0
    reopened: int = 0
    fixed: int = 0

    def __iadd__(self, other: "Outcome") -> "Outcome":
        self.found += other.found
        self.reopened += other.reopened
        self.fixed += other.fixed
        return self


def keep(found: Iterable[Found], scope: Scope, *, at: dt.datetime, run_id: UUID | None) -> Outcome:
    """Bring the findings within a scope into line with these; one transaction."""
    # First, because what looks for them may ask the database, and COPY keeps the connection to itself.
    rows = [each.row() for each in found]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TABLE)
        # The connection's own transaction may hold rows of an earlier call.
        cursor.execute("truncate quality_found")
        with cursor.copy(f"copy quality_found ({', '.join(_COLUMNS)}) from stdin") as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        # Nobody else analyses a temporary table, and without it millions would be joined row by row.
        cursor.execute("analyze quality_found")
        outcome, same = Outcome(), _SAME[scope.about]
        cursor.execute(_REFRESH.format(same=same))
        cursor.execute(_REOPEN.format(same=same))
        again = [row[0] for row in cursor.fetchall()]
        cursor.execute(_INSERT, {"at": at, "run": run_id})
        outcome.found = cursor.rowcount
        cursor.execute(
            _CLOSE.format(scope=scope.condition, same=same),
            {**scope.values, "at": at, "digests": list(scope.digests)},
        )
        closed = cursor.fetchall()
        outcome.reopened, outcome.fixed = len(again), len(closed)
        _note(cursor, again, "reopened", [""] * len(again), "核查时再次出现", at)
        _note(cursor, [row[0] for row in closed], "fixed", [row[1] for row in closed], "", at)
    return outcome


def _note(
    cursor: Any, findings: list[UUID], what: str, because: list[str], note: str, at: dt.datetime
) -> None:
    if findings:
        cursor.execute(_STEP, [[ids.uuid7() for _ in findings], findings, what, because, note, at])
