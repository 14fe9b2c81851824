"""One sheet of a package at work: its rows checked and staged, later written, a portion at a time.

It is an upload like any other (`excel.checking.Work`) but for three things. Its people, villages and staff may be filed by the
package itself and then exist only as staged rows when they are asked for. Who is doubtful waits for a person instead of being
refused. And nothing judged at the check is kept: everything is judged when it is written, after what stands before it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import clock, ids, scope
from gongwei.base.sets import any_of
from gongwei.interfaces.excel import checking, filing, layouts, parsing, staging, structure
from gongwei.interfaces.excel.checking import Tally
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.packages import acting, order, people
from gongwei.records import bulk

State, Decision = UploadRow.State, UploadRow.Decision
Outcome = tuple[str, UUID | None]
#: The source of a record that a package brought.
PACKAGE = "package"
_ENTERED = (layouts.ENTERED_ON[0], layouts.ENTERED_AT[0])


class Sheet(checking.Work):
    """An upload of a package. `names` and `own_villages`: see `preview.Preview`; only for the check."""

    def __init__(
        self, upload: Upload, names: Directory | None = None, own_villages: frozenset[int] = frozenset()
    ) -> None:
        super().__init__(upload)
        assert upload.package is not None
        self.package_id = upload.package.id
        self.by = acting.writer(upload.package)
        self.layout = layouts.in_package(upload.code)
        self.parser = parsing.Parser(self.layout, self.plans, names or Directory(self.by), upload.options)
        self.own_villages = own_villages
        self.candidates: dict[UUID, list[UUID]] = {}
        #: Rows refused at the writing whose reasons are not kept yet.
        self.refused = Tally()
        #: By the place of a row: when the old system was told; and what is wrong with that day, which refuses no row.
        self.entered: dict[int, dt.date] = {}
        self.unsure_when: dict[int, list[parsing.Wrong]] = {}
        written_here = upload.code in (*order.STRUCTURE, *order.ATTACHED)
        self.writer = structure.of(upload.code)(self.by, self.parser) if written_here else None
        self.about_residents = layouts.NAME in self.layout.by_identifier

    # ---- the check -----------------------------------------------------------------------------------------------

    def check(self, lines: Sequence[Line]) -> Tally:
        """Check a portion and stage it with what came out."""
        at = clock.now()
        on = clock.day_of(at)
        self.entered, self.unsure_when = {}, {}
        for line in lines:
            line.key = ids.uuid7()
        known = people.Identified(frozenset(), frozenset(), {})
        if self.about_residents:
            for line in lines:
                self.parser.parse_who(line)
            with scope.acting(self.by):
                parsing.identify(self.by, self.parser, lines, on)
            known = people.identify(self.package_id, self.parser, lines, on)
        for line in lines:
            self._read_rest(line)
        self.candidates = {}
        outcomes = self._previewed(at, lines, known)
        return self.stage(lines, [state for state, _ in outcomes])

    def stage(self, lines: Sequence[Line], states: Sequence[str]) -> Tally:
        """Stage lines whose outcome is known."""
        with transaction.atomic():
            staging.insert(self.upload.id, lines, states)
            for key, found in self.candidates.items():
                UploadRow.objects.filter(id=key).update(candidates=found)
            if self.layout.code == layouts.RESIDENTS:
                people.remember(self.package_id, lines, clock.today())
        tally = Tally()
        for line, state in zip(lines, states, strict=True):
            tally.note(line, state)
        return tally

    def _previewed(self, at: dt.datetime, lines: Sequence[Line], known: people.Identified) -> list[Outcome]:
        if self.layout.code == layouts.RESIDENTS:
            return self._previewed_filing(at, lines)
        for line in lines:
            if line.position in known.unsure:
                assert line.key is not None
                self.candidates[line.key] = known.unsure[line.position]
        waiting = {
            line.position
            for line in lines
            if (line.position in known.unsure or line.resident_id in known.waiting) and not _blocked(line)
        }
        later = {line.position for line in lines if line.resident_id in known.staged} | waiting
        now = [line for line in lines if line.position not in later]
        found: dict[int, Outcome] = {}
        if self.layout.form is not None:
            found = dict(zip([line.position for line in now], self._judged_now(at, now), strict=True))
            # What the cells alone say is asked of the others too: day, mode.
            self._rows([line for line in lines if line.position in later])
        elif self.writer is not None and not later:
            found = dict(zip([line.position for line in now], self.writer.check(at, now), strict=True))
        for line in lines:
            if line.position not in found:
                refused = _blocked(line) or (line.resident_id is None and line.position not in waiting)
                state = (
                    State.REJECTED
                    if refused
                    else State.WAITING
                    if line.position in waiting
                    else State.ACCEPTED
                )
                found[line.position] = (self._noted(line, state), None)
        return [found[line.position] for line in lines]

    def _judged_now(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        kept, rows = self.rows(lines)
        verdicts = bulk.judge(by=self.by, at=at, form_code=self.layout.code, rows=rows)
        return self.told(lines, kept, verdicts, State.ACCEPTED)

    # ---- 建档 ----------------------------------------------------------------------------------------------------

    def _previewed_filing(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """What filing would say; for a village that comes with the package only what the cells say."""
        now = [line for line in lines if line.values.get("=area") not in self.own_villages]
        told = self._filed(filing.Filer(self.by, self.parser, waits=True), at, now, "check")
        found = dict(zip([line.position for line in now], told, strict=True))
        for line in lines:
            if line.position not in found:
                good = State.QUESTIONED if line.wrong else State.ACCEPTED
                found[line.position] = (State.REJECTED if _blocked(line) else good, None)
        return [found[line.position] for line in lines]

    def _filed(
        self, filer: filing.Filer, at: dt.datetime, lines: Sequence[Line], doing: str
    ) -> list[Outcome]:
        outcomes: list[Outcome] = getattr(filer, doing)(at, lines)
        outcomes = self._filed_again(filer, at, lines, outcomes, doing)
        keys = {line.position: line.key for line in lines}
        self.candidates = {
            key: found for place, found in filer.candidates.items() if (key := keys.get(place)) and found
        }
        for line, (state, _) in zip(lines, outcomes, strict=True):
            if state == State.WAITING:
                for each in line.wrong:
                    each.severity, each.hint = "warn", "请核对是否同一人。"
        return outcomes

    def _filed_again(
        self,
        filer: filing.Filer,
        at: dt.datetime,
        lines: Sequence[Line],
        outcomes: Sequence[Outcome],
        doing: str,
    ) -> list[Outcome]:
        """Those whose file an earlier package made and took back come again: they are filed anew, the old file stays cancelled."""
        gone = staging.taken_back(key for keys in filer.ended.values() for key in keys)
        again = [line for line in lines if (mine := filer.ended.get(line.position)) and gone.issuperset(mine)]
        if not again:
            return list(outcomes)
        others = {line.key: frozenset(filer.ended[line.position]) for line in again if line.key}
        for line in again:
            line.wrong = [each for each in line.wrong if each.rule != "duplicate_ended"]
        second = filing.Filer(self.by, self.parser, waits=True, looked_at={**filer.looked_at, **others})
        told = getattr(second, doing)(at, again)
        filer.candidates |= second.candidates
        found = dict(zip([line.position for line in again], told, strict=True))
        return [found.get(line.position, each) for line, each in zip(lines, outcomes, strict=True)]

    # ---- writing -------------------------------------------------------------------------------------------------

    def apply(self, wanted: Sequence[UUID]) -> Tally:
        """Write staged rows of no form by their ids; those that no longer hold are refused, those that are doubtful wait."""
        at = clock.now()
        self.candidates = {}
        with transaction.atomic():
            rows, lines = self.take(wanted)
            if self.layout.code == layouts.RESIDENTS:
                outcomes = self._filed(self._filer(rows), at, lines, "apply")
            else:
                outcomes = self.structured(at, lines)
            tally = self.note(lines, outcomes)
            self.keep_reasons()
        return tally

    def _filer(self, rows: Sequence[UploadRow]) -> filing.Filer:
        others = {row.id: frozenset(row.candidates or ()) for row in rows if row.decision == Decision.NEW}
        return filing.Filer(self.by, self.parser, waits=True, looked_at=others)

    def take(self, wanted: Sequence[UUID]) -> tuple[list[UploadRow], list[Line]]:
        """Staged rows that are still to be written, locked and read again."""
        rows = list(_still_ready().filter(any_of("id", wanted)).order_by("position"))
        return rows, self._read(staging.lines(rows))

    def take_of(self, first: UUID, last: UUID) -> list[Line]:
        """The staged rows about the residents from one key to another that are still to be written, locked and read."""
        self.entered, self.unsure_when = {}, {}
        rows = _still_ready().filter(upload=self.upload, resident_id__gte=first, resident_id__lte=last)
        return self._read(staging.lines_of(rows.order_by("position")))

    def _read(self, lines: list[Line]) -> list[Line]:
        for line in lines:
            if self.about_residents and self.layout.form is None:
                self._read_who(line)
            self._read_rest(line)
        return lines

    def _read_rest(self, line: Line) -> None:
        """The other cells; when a row was entered in the old system is known by the day it was done, or not at all."""
        self.parser.parse(line)
        if self.layout.form is None:
            return
        told = [each for each in line.wrong if each.identifier in _ENTERED] if line.wrong else []
        if told:
            line.wrong = [each for each in line.wrong if each.identifier not in _ENTERED]
        found = [(name, day) for name in _ENTERED if (day := line.values.pop(name, None)) is not None]
        done_on = line.values.get("done_on")
        for name, day in found[:1]:
            if done_on is None or done_on <= day <= clock.today():
                self.entered[line.position] = day
            else:
                told.append(self.parser.wrong(line, name, "早于服务日期，或晚于今天", "", "entered_on"))
        for each in told:
            each.reason, each.severity = f"{each.reason}，录入日期未采用", "warn"
        if told:
            self.unsure_when[line.position] = told

    def _read_who(self, line: Line) -> None:
        """The cells that say who it is; whom they mean was settled before, so that a form asks for them no more."""
        self.parser.parse_who(line)
        line.wrong = []

    def rows(self, lines: Sequence[Line]) -> tuple[list[Line], list[bulk.Row]]:
        """See `checking.Work._rows`; rows of a package say so, and when the old system was told."""
        kept, rows = self._rows(lines)
        for line, row in zip(kept, rows, strict=True):
            row.source, row.first_entered_on = PACKAGE, self.entered.pop(line.position, None)
        return kept, rows

    def told(
        self, lines: Sequence[Line], kept: Sequence[Line], verdicts: Sequence[bulk.Verdict], good: str
    ) -> list[Outcome]:
        """See `checking.Work._told`; with what is wrong with a day of entry beside it."""
        outcomes = self._told(lines, kept, verdicts, good)
        return [(self._noted(line, state), made) for line, (state, made) in zip(lines, outcomes, strict=True)]

    def _noted(self, line: Line, state: str) -> str:
        told = self.unsure_when.pop(line.position, None)
        if not told:
            return state
        line.wrong += told
        return State.QUESTIONED if state == State.ACCEPTED else state

    def structured(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        assert self.writer is not None
        good = [line for line in lines if not _blocked(line)]
        outcomes = dict(zip([line.position for line in good], self.writer.apply(at, good), strict=True))
        return [outcomes.get(line.position, (State.REJECTED, None)) for line in lines]

    def note(self, lines: Sequence[Line], outcomes: Sequence[Outcome]) -> Tally:
        """Keep what became of staged rows."""
        staging.set_states([(line, state, made) for line, (state, made) in zip(lines, outcomes, strict=True)])
        for key, found in self.candidates.items():
            UploadRow.objects.filter(id=key).update(candidates=found, decision=Decision.NONE)
        tally = Tally()
        for line, (state, _) in zip(lines, outcomes, strict=True):
            tally.note(line, state)
            if state == State.REJECTED:
                self.refused.note(line, state)
        return tally

    def keep_reasons(self) -> None:
        """Keep why rows were refused; last in a transaction, since another process may wait for the upload's row."""
        refused, self.refused = self.refused, Tally()
        add_reasons(self.upload, refused)


def reasons_of(tally: Tally) -> list[dict[str, Any]]:
    """The reasons of a tally as an upload keeps them, the most frequent first."""
    return [
        {"heading": heading, "rule": rule, "severity": severity, "reason": reason, "rows": rows}
        for (heading, rule, severity, reason), rows in tally.kinds.most_common(60)
    ]


def add_reasons(upload: Upload, refused: Tally) -> None:
    """Add why rows were refused when they were to be written to what the check said of the others."""
    if not refused.kinds:
        return
    kept = Upload.objects.select_for_update().get(id=upload.id)
    tally = Tally()
    for each in kept.kinds:
        tally.kinds[each["heading"], each["rule"], each["severity"], each["reason"]] += each["rows"]
    tally.add(refused)
    Upload.objects.filter(id=upload.id).update(kinds=reasons_of(tally))


def _still_ready() -> Any:
    return UploadRow.objects.select_for_update(of=("self",)).filter(
        state__in=[State.ACCEPTED, State.QUESTIONED]
    )


def _blocked(line: Line) -> bool:
    return any(each.severity == "block" for each in line.wrong)


def portions(lines: Iterable[Line], size: int, key: Any = None) -> Iterable[list[Line]]:
    """Lines in portions as they come; with `key`, neighbours of one key stay together."""
    portion: list[Line] = []
    for line in lines:
        if len(portion) >= size and (key is None or key(line) != key(portion[-1])):
            yield portion
            portion = []
        portion.append(line)
    if portion:
        yield portion


def stage_refused(upload_id: UUID, lines: Sequence[Line], wrong: parsing.Wrong) -> None:
    """Stage rows of a sheet that cannot be read as any kind, each with the same reason."""
    for line in lines:
        line.key, line.wrong = ids.uuid7(), [wrong]
    with transaction.atomic():
        staging.insert(upload_id, lines, [State.REJECTED] * len(lines))
