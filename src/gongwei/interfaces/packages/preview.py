"""What a package brings of structure, known before it is written: written for a moment, looked at, and taken back.

Villages, clinics and doctors of a package are named by its other sheets. So areas, organizations and staff are written in their
order inside one transaction, which is rolled back when every outcome is known and the names of everything have been read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from gongwei.base import clock, ids
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.packages import acting, staged

State = UploadRow.State


@dataclass
class Preview:
    """`names`: the county's names with those of the package; `own_villages`: keys of villages only the package has."""

    names: Directory
    own_villages: frozenset[int]
    outcomes: list[tuple[staged.Sheet, list[Line], list[str]]] = field(default_factory=list)


def rehearse(package: Package, sheets: Sequence[tuple[Upload, list[Line]]]) -> Preview:
    """Write the structural sheets in the order given, note what came of each row, and take all of it back."""
    by = acting.writer(package)
    before = set(Directory(by).village_titles)
    at = clock.now()
    outcomes = []
    with transaction.atomic():
        for upload, lines in sheets:
            sheet = staged.Sheet(upload)
            for line in lines:
                line.key = ids.uuid7()
                sheet.parser.parse(line)
            done = sheet.structured(at, lines)
            states = [_state(line, state) for line, (state, _) in zip(lines, done, strict=True)]
            outcomes.append((sheet, lines, states))
        names = Directory(by)
        names.load()
        after = set(names.village_titles)
        transaction.set_rollback(True)
    return Preview(names, frozenset(after - before), outcomes)


def _state(line: Line, state: str) -> str:
    if state != State.APPLIED:
        return state
    return State.QUESTIONED if line.wrong else State.ACCEPTED
