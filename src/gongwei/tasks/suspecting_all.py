"""疑似 for everybody at once: after a bulk load, and when a rule changed. The same suspicions `suspecting` finds one by one.

Which records show a sign is asked of all records by the columnar engine; whether the sign is complete, and whether it is
news, is said by the very functions the single way uses. Each piece of residents is one transaction with its place, so a
killed run goes on where it was; doing a piece twice finds nothing new.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import duckdb
from django.db import connection, transaction

from gongwei import catalogue
from gongwei.base import clock
from gongwei.engines import columnar, finding, row
from gongwei.language import forms
from gongwei.language.episodes import Episode as Kind
from gongwei.language.episodes import Sign
from gongwei.records import columnar_reading, episode_proposals
from gongwei.records.models import Episode, Response
from gongwei.residents.models import Resident
from gongwei.tasks import contacts, suspecting
from gongwei.tasks.models import Suspicion

#: Smaller than other pieces: the residents that show a sign stay locked until their piece is written.
PIECE = 25_000
Told = Callable[[int, int], None]
#: By resident, the records that show a sign.
Showings = Mapping[UUID, Sequence[finding.Showing]]


@dataclass
class Looked:
    """What came of looking: residents gone through, those with news, and signs kept."""

    residents: int = 0
    people: int = 0
    signs: int = 0
    seconds: float = 0.0


def find_all(
    *,
    at: dt.datetime,
    after: UUID = columnar_reading.NOBODY,
    kept: Callable[[UUID], None] = lambda until: None,
    told: Told = lambda residents, signs: None,
    size: int = PIECE,
) -> Looked:
    """Look at everybody from a place on.

    kept: called in the transaction of each piece with where it ends. told: hears of each piece, how many residents it was
    and how many signs there are so far. Runs as the owner of the tables.
    """
    began, looked = time.monotonic(), Looked()
    while after != columnar_reading.EVERYBODY:
        until = columnar_reading.end_of_piece(after, size)
        with transaction.atomic():
            residents = Resident.objects.filter(pk__gt=after, pk__lte=until).count()
            people, signs = _keep(showings(after, until, clock.day_of(at)), at)
            kept(until)
        looked.residents += residents
        looked.people += people
        looked.signs += signs
        told(residents, looked.signs)
        after = until
    if looked.signs:
        with connection.cursor() as cursor:
            cursor.execute("analyze records_episode, tasks_suspicion")
    looked.seconds = time.monotonic() - began
    return looked


@dataclass(frozen=True)
class _Asked:
    """The signs read from one form, with the query that finds the records that show them."""

    form: type[forms.Form]
    signs: tuple[Sign, ...]
    names: tuple[str, ...]
    sql: str


@cache
def _asked() -> tuple[_Asked, ...]:
    by_form: dict[type[forms.Form], list[Sign]] = defaultdict(list)
    for _, signs in suspecting.watched():
        for sign in signs:
            by_form[sign.on].append(sign)
    found = []
    for form, signs in by_form.items():
        conditions = {f"s{place}": sign.node for place, sign in enumerate(signs)}
        steps = columnar.parameter_steps(catalogue.current().parameters, conditions.values())
        judged = columnar.sql(columnar.judged(form, conditions, columnar.Columns(steps)))
        shows = " or ".join(conditions)
        found.append(
            _Asked(
                form,
                tuple(signs),
                tuple(columnar_reading.answers_in(form, conditions.values())),
                f"select * from ({judged}) where ({shows}) and done_on <= date ",
            )
        )
    return tuple(found)


def showings(after: UUID, until: UUID, today: dt.date) -> Showings:
    """Every record of a range of residents that shows a sign, by resident."""
    found: dict[UUID, list[finding.Showing]] = defaultdict(list)
    with duckdb.connect(config={"threads": 2}) as database:
        columnar_reading.register_subjects(database, after, until)
        for asked in _asked():
            rows = columnar_reading.records(asked.form, asked.names, after, until)
            if not rows.num_rows:
                continue
            columnar_reading.create_table(database, asked.form, asked.names, rows)
            shown = database.sql(f"{asked.sql}'{today}'").to_arrow_table()
            columns = [shown.column(f"s{place}").to_pylist() for place in range(len(asked.signs))]
            of = zip(
                shown.column("subject_id").to_pylist(),
                shown.column("record_id").to_pylist(),
                shown.column("done_on").to_pylist(),
                *columns,
                strict=True,
            )
            for resident, record, day, *truths in of:
                found[UUID(resident)] += [
                    finding.Showing(sign, day, record)
                    for sign, holds in zip(asked.signs, truths, strict=True)
                    if holds
                ]
    return found


def _keep(shown: Showings, at: dt.datetime) -> tuple[int, int]:
    """Write what is news; returns residents with news and signs kept."""
    people = {
        each.pk: each
        for each in Resident.objects.select_for_update(no_key=True)
        .filter(pk__in=list(shown), status__in=suspecting.LOOKED_AT)
        .order_by("pk")
    }
    known = _Known(list(people))
    today = clock.day_of(at)
    proposed: list[tuple[episode_proposals.Proposed, Kind, list[finding.Found]]] = []
    rows: list[Suspicion] = []
    for key, resident in people.items():
        for kind, signs in suspecting.watched():
            opened = known.opened.get((key, kind.code))
            if opened is not None and opened.state == Episode.State.ACTIVE:
                continue
            mine = [each for each in shown[key] if each.sign in signs]
            found = _news(resident, kind, signs, mine, known, today) if mine else []
            if not found:
                continue
            if opened is not None:
                rows += [suspecting.suspicion(resident, opened.pk, kind, each, at) for each in found]
            else:
                proposed.append((_proposal(resident, kind, found[0]), kind, found))
    opened_ids = episode_proposals.propose_episodes(proposed=[each for each, _, _ in proposed], at=at)
    for episode_id, (proposal, kind, found) in zip(opened_ids, proposed, strict=True):
        rows += [suspecting.suspicion(proposal.resident, episode_id, kind, each, at) for each in found]
    Suspicion.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    return len({each.resident_id for each in rows}), len(rows)


def _news(
    resident: Resident,
    kind: Kind,
    signs: tuple[Sign, ...],
    mine: list[finding.Showing],
    known: _Known,
    today: dt.date,
) -> list[finding.Found]:
    spans = known.spans.get(resident.pk, ())

    def find(since: dt.date | None) -> list[finding.Found]:
        after = finding.news_after(kind, spans, today, since)
        counted = [each for each in mine if after is None or each.on > after]
        return finding.complete(signs, counted, contacts.parameter) if counted else []

    key = (resident.pk, kind.code)
    return suspecting.news(
        resident, known.opened.get(key), known.suspicions.get(key, ()), known.days, today, find
    )


def _proposal(resident: Resident, kind: Kind, first: finding.Found) -> episode_proposals.Proposed:
    return episode_proposals.Proposed(
        resident,
        kind.code,
        first.sign.state,
        first.on_date,
        suspecting.found_by(first),
        suspecting.reason(first),
    )


class _Known:
    """What is kept about some residents already: open episodes, management so far, suspicions and their records' days."""

    def __init__(self, residents: list[UUID]) -> None:
        self.opened: dict[tuple[UUID, str], Episode] = {}
        self.spans: dict[UUID, list[row.EpisodeSpan]] = defaultdict(list)
        self.suspicions: dict[tuple[UUID, str], list[Suspicion]] = defaultdict(list)
        for each in Episode.objects.filter(resident__in=residents):
            if each.state in suspecting.OPEN:
                self.opened[each.resident_id, each.kind] = each
            if each.state in (Episode.State.ACTIVE, Episode.State.ENDED):
                self.spans[each.resident_id].append(
                    row.EpisodeSpan(each.kind, each.started_on, each.ended_on)
                )
        evidence: set[UUID] = set()
        for each in Suspicion.objects.filter(resident__in=residents):
            self.suspicions[each.resident_id, each.kind].append(each)
            evidence.update(each.responses)
        self.days = dict(
            Response.objects.filter(
                pk__in=evidence, status=Response.Status.FINAL, form_code__in=suspecting.forms()
            ).values_list("pk", "done_on")
        )
