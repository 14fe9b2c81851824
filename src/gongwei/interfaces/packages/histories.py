"""What the forms of a package say of some residents: all their rows, whatever file they stand in, written as one history."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from gongwei.base import clock
from gongwei.interfaces.excel.checking import Tally
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.interfaces.packages import order
from gongwei.interfaces.packages.staged import Sheet
from gongwei.records import bulk

State = UploadRow.State
READY = [State.ACCEPTED.value, State.QUESTIONED.value]
#: Rows of one transaction: of some hundred residents all that is known, so that each form has its hundreds of rows.
PORTION = 2_500


class Some(NamedTuple):
    """The residents of one transaction, from one key to another, and how many rows they have."""

    first: UUID
    last: UUID
    rows: int


_RESIDENTS = """
select resident_id, count(*) from excel_uploadrow
where upload_id = any(%s::uuid[]) and state = any(%s) and resident_id is not null group by 1 order by 1
"""


def cut(uploads: Sequence[Upload], states: Sequence[str] = READY) -> list[Some]:
    """The residents that have rows to write (or in other states), cut into portions; nobody's rows are parted."""
    found: list[Some] = []
    first, last, rows = None, None, 0
    with connection.cursor() as cursor:
        cursor.execute(_RESIDENTS, [[str(each.id) for each in uploads], list(states)])
        while some := cursor.fetchmany(50_000):
            for resident, count in some:
                if first is not None and rows + count > PORTION:
                    found.append(Some(first, last, rows))
                    first, rows = None, 0
                first, last, rows = first or resident, resident, rows + count
    if first is not None:
        found.append(Some(first, last, rows))
    return found


class Forms:
    """The sheets of forms of a package, by form: what several files say of a resident is one history."""

    def __init__(self, uploads: Iterable[Upload]) -> None:
        self.by_code: dict[str, list[Sheet]] = {}
        for each in sorted(uploads, key=lambda each: (order.place(each.code), each.position)):
            self.by_code.setdefault(each.code, []).append(Sheet(each))

    def apply(self, some: Some) -> Tally:
        """Write all rows of some residents, form by form, each form in the order of its days."""
        tally = Tally()
        with transaction.atomic():
            for code, sheets in self.by_code.items():
                tally.add(self._one(code, sheets, some))
            for sheets in self.by_code.values():
                for sheet in sheets:
                    sheet.keep_reasons()
        return tally

    def _one(self, code: str, sheets: Sequence[Sheet], some: Some) -> Tally:
        tally, at = Tally(), clock.now()
        taken = []
        for sheet in sheets:
            sheet.candidates = {}
            lines = sheet.take_of(some.first, some.last)
            if lines:
                taken.append((sheet, lines, *sheet.rows(lines)))
        rows = [row for _, _, _, found in taken for row in found]
        verdicts = iter(bulk.record(by=taken[0][0].by, at=at, form_code=code, rows=rows) if rows else ())
        for sheet, lines, kept, found in taken:
            mine = [next(verdicts) for _ in found]
            tally.add(sheet.note(lines, sheet.told(lines, kept, mine, State.APPLIED)))
        return tally
