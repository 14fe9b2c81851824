"""Checking and writing the rows of an upload, a portion at a time, in this process or in several.

A portion is one transaction: its rows, what they become and their states are kept or lost together, so that an upload whose
worker was killed goes on where it stopped and no row is written twice.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.db import transaction

from gongwei.base import clock, ids
from gongwei.base.actors import Actor
from gongwei.interfaces.excel import filing, headings, layouts, parsing, staging
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.interfaces.excel.parsing import Line, Parser
from gongwei.records import bulk, bulk_keeping, judgement

State = UploadRow.State


@dataclass
class Tally:
    """How many rows came out how, and which problems how often: (identifier, heading, reason without numbers) → rows."""

    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def note(self, line: Line, state: str) -> None:
        """Count a row."""
        self.states[state] += 1
        for key in {(each.heading, each.rule, each.severity, _kind(each.reason)) for each in line.wrong}:
            self.kinds[key] += 1
        for heading, text in line.emptied:
            self.kinds[heading, "emptied", "note", f"填的是“{text}”，按未填读入"] += 1

    def add(self, other: "Tally") -> None:
        """Count another portion."""
        self.states.update(other.states)
        self.kinds.update(other.kinds)


@lru_cache(maxsize=50_000)
def _kind(reason: str) -> str:
    """A reason without what differs from row to row (quoted values after the first quotation, digits of numbers)."""
    text = "".join("…" if each.isdigit() else each for each in reason)
    while "……" in text:
        text = text.replace("……", "…")
    return text[:80]


def actor_of(upload: Upload) -> Actor:
    """Who uploaded, in the duty of that moment; what is written says it was imported."""
    return Actor.from_json({**upload.actor, "source": "import"})


class Work:
    """Everything about an upload that its portions need."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.by = actor_of(upload)
        self.layout = layouts.of(upload.code)
        self.plans = [headings.Plan(**each) for each in upload.sheets]
        options = upload.mapping.options if upload.mapping_id and upload.mapping else {}
        self.parser = Parser(self.layout, self.plans, Directory(self.by), options)

    def check(self, lines: Sequence[Line]) -> Tally:
        """Check a portion and stage it with what came out; what becomes of the accepted rows is kept with them."""
        at = clock.now()
        for line in lines:
            line.key = ids.uuid7()
            self.parser.parse(line)
        batch = None
        if self.layout.form:
            outcomes, batch = self._judged(at, lines)
        else:
            outcomes = filing.Filer(self.by, self.parser).check(at, lines)
        tally = Tally()
        with transaction.atomic():
            staging.insert(self.upload.id, lines, [state for state, _ in outcomes])
            if batch is not None:
                staging.keep(self.upload.id, batch)
        for line, (state, _) in zip(lines, outcomes, strict=True):
            tally.note(line, state)
        return tally

    def apply_kept(self, portion_id: UUID) -> Tally:
        """Write a portion as it was judged at the check; what has changed since is judged again."""
        tally = Tally()
        with transaction.atomic():
            batch = staging.take(portion_id)
            if batch is None:
                return tally
            written = bulk_keeping.record(by=self.by, at=clock.now(), form_code=self.layout.code, batch=batch)
            staging.set_applied([(each.key, each.response_id) for each in written])
            tally.states[State.APPLIED] += len(written)
            done = {each.key for each in written}
            keys = [*(each.key for each in batch.kept), *batch.again]
            rest = [UUID(key) for key in keys if key not in done]
            if rest:
                tally.add(self.apply(rest))
        return tally

    def apply(self, wanted: Sequence[UUID]) -> Tally:
        """Judge staged rows by their ids and write them; those that no longer hold are marked as rejected."""
        at = clock.now()
        tally = Tally()
        with transaction.atomic():
            rows = UploadRow.objects.select_for_update().filter(
                id__in=wanted, state__in=[State.ACCEPTED, State.QUESTIONED]
            )
            lines = staging.lines_of(rows.order_by("position"))
            for line in lines:
                self.parser.parse(line)
            if self.layout.form:
                outcomes = self._written(at, lines)
            else:
                outcomes = filing.Filer(self.by, self.parser).apply(at, lines)
            staging.set_states(
                [(line, state, made) for line, (state, made) in zip(lines, outcomes, strict=True)]
            )
        for line, (state, _) in zip(lines, outcomes, strict=True):
            tally.note(line, state)
        return tally

    # ---- forms ---------------------------------------------------------------------------------------------------

    def _rows(self, lines: Sequence[Line]) -> tuple[list[Line], list[bulk.Row]]:
        kept, rows = [], []
        for line in lines:
            day = line.values.get("done_on")
            if day is None and not any(each.identifier == "done_on" for each in line.wrong):
                label = self.layout.by_identifier["done_on"].heading
                line.wrong.append(self.parser.wrong(line, "done_on", f"请填写“{label}”", "", "required"))
            mode = parsing.mode_of(line)
            if mode is None and layouts.MODE not in {each.identifier for each in line.wrong}:
                told = "mode" in self.layout.by_identifier and any(
                    each.identifier == "mode" for each in line.wrong
                )
                if not told:
                    line.wrong.append(self.parser.wrong(line, layouts.MODE, "请填写服务方式", "", "required"))
            if line.wrong or line.resident_id is None:
                continue
            assert day is not None
            assert mode is not None
            practitioner = line.values.get(layouts.PRACTITIONER) or _signed(line)
            assert line.key is not None
            kept.append(line)
            rows.append(
                bulk.Row(
                    line.key,
                    line.resident_id,
                    day,
                    mode,
                    parsing.answers_of(line, self.layout),
                    line.values.get(layouts.ORGANIZATION) or self.parser.names.organization_of(practitioner),
                    practitioner,
                    shaped=True,
                )
            )
        return kept, rows

    def _judged(
        self, at: dt.datetime, lines: Sequence[Line]
    ) -> tuple[list[tuple[str, UUID | None]], bulk_keeping.Batch]:
        kept, rows = self._rows(lines)
        verdicts, batch = bulk_keeping.judge(by=self.by, at=at, form_code=self.layout.code, rows=rows)
        return self._told(lines, kept, verdicts, State.ACCEPTED), batch

    def _written(self, at: dt.datetime, lines: Sequence[Line]) -> list[tuple[str, UUID | None]]:
        kept, rows = self._rows(lines)
        verdicts = bulk.record(by=self.by, at=at, form_code=self.layout.code, rows=rows)
        return self._told(lines, kept, verdicts, State.APPLIED)

    def _told(
        self, lines: Sequence[Line], kept: Sequence[Line], verdicts: Sequence[bulk.Verdict], good: str
    ) -> list[tuple[str, UUID | None]]:
        by_line = {line.position: verdict for line, verdict in zip(kept, verdicts, strict=True)}
        found: list[tuple[str, UUID | None]] = []
        for line in lines:
            verdict = by_line.get(line.position)
            if verdict is None:
                found.append((State.REJECTED, None))
            elif verdict.refusals:
                parsing.refused(self.parser, line, verdict.refusals)
                found.append((State.REJECTED, None))
            elif verdict.existing is not None:
                found.append((State.EXISTING, verdict.existing))
            else:
                assert verdict.judged is not None
                for each in judgement.problem_values(verdict.judged.questions):
                    line.wrong.append(
                        self.parser.wrong(
                            line, each["field"], each["message"], "", each["rule"], each["severity"]
                        )
                    )
                state = State.QUESTIONED if line.wrong and good == State.ACCEPTED else good
                found.append((state, verdict.judged.id))
        return found


def _signed(line: Line) -> UUID | None:
    text = line.values.get("responsible_doctor") or line.values.get("doctor")
    return UUID(text) if isinstance(text, str) else None


def portions(lines: Sequence[Line], size: int) -> Iterable[list[Line]]:
    """The lines in portions that never part the rows of one resident, in the order of residents."""
    ordered = sorted(lines, key=lambda line: (str(line.resident_id or ""), line.position))
    portion: list[Line] = []
    for line in ordered:
        if len(portion) >= size and (line.resident_id is None or line.resident_id != portion[-1].resident_id):
            yield portion
            portion = []
        portion.append(line)
    if portion:
        yield portion
