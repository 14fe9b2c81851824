"""The rows of a 建档 sheet: judged and filed in sets, with what filing says put beside their cells."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gongwei.base import clock, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.interfaces.excel import filed, layouts, parsing
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.excel.parsing import Line, Parser
from gongwei.residents import old_numbers
from gongwei.residents import operations as residents

State = UploadRow.State
#: What becomes of a row, and whom a person should look at before somebody is filed.
Outcome = tuple[str, UUID | None]


class Filer:
    """Files the residents of a sheet in somebody's name.

    waits: a row that may be about somebody on file waits for a person (a package) instead of being rejected (an upload of
    one sheet, which its clerk corrects and sends again). looked_at: by row, the candidates a person said to be others.
    """

    def __init__(
        self,
        by: Actor,
        parser: Parser,
        *,
        waits: bool = False,
        looked_at: Mapping[UUID, frozenset[UUID]] | None = None,
    ) -> None:
        self.by, self.parser, self.waits = by, parser, waits
        self.looked_at = looked_at or {}
        #: By position of a row that waits: whom it may be about.
        self.candidates: dict[int, list[UUID]] = {}
        #: By position of a row whose document has only a cancelled file: that file.
        self.ended: dict[int, list[UUID]] = {}

    def check(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """What would become of the lines; nothing is written."""
        return self._done(at, lines, State.ACCEPTED)

    def apply(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """File those who may be filed, within the caller's transaction."""
        return self._done(at, lines, State.APPLIED)

    def _done(self, at: dt.datetime, lines: Sequence[Line], good: str) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        filings: list[residents.Filing] = []
        mine: list[Line] = []
        with scope.acting(self.by):
            there = filed.Filed(self.by, self.parser, lines, moving_in=self.waits)
            for line in lines:
                state = there.told(line)
                if state:
                    outcomes[line.position] = state, None
                elif any(each.severity == "block" for each in line.wrong):
                    outcomes[line.position] = State.REJECTED, None
                else:
                    mine.append(line)
                    filings.append(self._filing(line))
            act = residents.register_many if good == State.APPLIED else residents.judge_many
            verdicts = act(by=self.by, at=at, rows=filings)
        for line, verdict in zip(mine, verdicts, strict=True):
            outcomes[line.position] = self._told(line, verdict, good)
        if good == State.APPLIED:
            self._keep_old_numbers(at, mine)
        return [outcomes[line.position] for line in lines]

    def _keep_old_numbers(self, at: dt.datetime, lines: Sequence[Line]) -> None:
        """The numbers of the old system, by which its other sheets, and later packages, know these people."""
        said = [(line.resident_id, line.values.get(layouts.PROFILE_RECORD_NO)) for line in lines]
        old_numbers.keep([(key, number) for key, number in said if key and number], clock.day_of(at))

    def _filing(self, line: Line) -> residents.Filing:
        profile = {name[1:]: value for name, value in line.values.items() if name.startswith("=")}
        filed_on = profile.pop("filed_on", None)
        profile.pop("record_no", None)
        assert line.key is not None
        return residents.Filing(line.key, profile, filed_on, self.looked_at.get(line.key, frozenset()))

    def _told(self, line: Line, verdict: residents.FilingVerdict, good: str) -> Outcome:
        if verdict.existing:
            line.resident_id = line.key
            return State.EXISTING, None
        if verdict.refused is not None:
            return self._refused(line, verdict.refused, verdict.filing.profile)
        for warning in verdict.warnings:
            line.wrong.append(self.parser.wrong(line, "", warning.rstrip("。"), "", "warning", "warn"))
        if good == State.APPLIED:
            line.resident_id = line.key
        return (State.QUESTIONED if line.wrong and good == State.ACCEPTED else good), None

    def _refused(self, line: Line, error: Refused, profile: Mapping[str, Any]) -> Outcome:
        known = _on_file(error, profile)
        if known is not None:
            line.resident_id = known
            line.wrong.append(
                self.parser.wrong(line, "=id_number", "已有档案，未重复建档", "", "existing", "warn")
            )
            return State.EXISTING, None
        parsing.refused(self.parser, line, error.problems if isinstance(error, Several) else [error])
        if error.code == "duplicate_ended":
            found = [each.resident_key for each in error.details["candidates"]]
            self.ended[line.position] = [each for each in found if each is not None]
        if self.waits and error.code == "confirm_duplicates":
            found = [each.resident_key for each in error.details["candidates"]]
            self.candidates[line.position] = [each for each in found if each is not None]
            return State.WAITING, None
        return State.REJECTED, None


def _on_file(error: Refused, profile: Mapping[str, Any]) -> UUID | None:
    """The resident who is on file already under the same document and name, within the clerk's reach."""
    if error.code != "duplicate":
        return None
    candidates = error.details.get("candidates") or []
    same = [each for each in candidates if each.visible and each.name == profile.get("name")]
    return same[0].resident_key if len(same) == 1 else None
