"""Rows of an upload in their table: cells and problems sealed, a line's state beside them."""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from gongwei.base import copy_text, ids, sealed, sets
from gongwei.interfaces.excel import cells
from gongwei.interfaces.excel.models import UploadPortion, UploadRow
from gongwei.interfaces.excel.parsing import Line
from gongwei.records import bulk_keeping

TABLE, PORTIONS = "excel_uploadrow", "excel_uploadportion"
_COLUMNS = (
    "id", "upload_id", "position", "sheet", "number", "resident_id", "done_on", "state", "cells_cipher",
    "problems_cipher",
)  # fmt: skip
_OF_LINE = ("position", "sheet", "number", "resident_id", "id", "cells_cipher")
State = UploadRow.State


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_cells = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=cells.as_json).encode


def _problems(line: Line) -> str | None:
    return _dumps([each.as_json for each in line.wrong]) if line.wrong else None


def insert(upload_id: UUID, lines: Sequence[Line], states: Sequence[str]) -> None:
    """Add rows by COPY, as the owner of the table; each line has its key."""
    keys, upload = [str(line.key) for line in lines], str(upload_id)
    content = sealed.encrypt_many(
        ((key, _cells(line.cells)) for key, line in zip(keys, lines, strict=True)),
        table=TABLE,
        column="cells_cipher",
    )
    problems = sealed.encrypt_many(
        ((key, _problems(line)) for key, line in zip(keys, lines, strict=True)),
        table=TABLE,
        column="problems_cipher",
    )
    copy_text.copy(
        TABLE,
        _COLUMNS,
        (
            copy_text.line(
                (
                    key, upload, line.position, line.sheet, line.number, line.resident_id,
                    line.values.get("done_on"), state, sealed_cells, sealed_problems,
                )
            )
            for key, line, state, sealed_cells, sealed_problems in zip(
                keys, lines, states, content, problems, strict=True
            )
        ),
    )  # fmt: skip


def lines(rows: Iterable[UploadRow]) -> list[Line]:
    """The rows as lines, cells opened; `key` is the row's id."""
    return [
        _line(row.position, row.sheet, row.number, row.resident_id, row.id, row.cells_cipher) for row in rows
    ]


def lines_of(rows: QuerySet[UploadRow]) -> list[Line]:
    """The rows of a query as lines, for very many: nothing else of them is read."""
    return [_line(*each) for each in rows.values_list(*_OF_LINE)]


def _line(
    position: int, sheet: int, number: int, resident_id: UUID | None, key: UUID, sealed_cells: bytes
) -> Line:
    text = sealed.decrypt(sealed_cells, table=TABLE, column="cells_cipher", row_id=key)
    raw = [cells.from_json(each) for each in json.loads(text or "[]")]
    return Line(position, sheet, number, raw, resident_id=resident_id, key=key)


def problems_of(row: UploadRow) -> list[dict[str, str]]:
    """What is wrong with a row, opened."""
    text = sealed.decrypt(row.problems_cipher, table=TABLE, column="problems_cipher", row_id=row.id)
    return list(json.loads(text)) if text else []


def set_states(found: Sequence[tuple[Line, str, UUID | None]]) -> None:
    """Write what became of rows: state, problems, the response (or file) made; in one statement."""
    if not found:
        return
    problems = sealed.encrypt_many(
        ((line.key, _problems(line)) for line, _, _ in found if line.key),
        table=TABLE,
        column="problems_cipher",
    )
    # Arrays written out here: the driver looks at each of their values for what kind it is.
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {TABLE} r set state = n.state, problems_cipher = n.problems, response_id = n.response, "
            "resident_id = coalesce(n.resident, r.resident_id) "
            "from unnest(%s::uuid[], %s::text[], %s::bytea[], %s::uuid[], %s::uuid[]) "
            "as n(id, state, problems, response, resident) where r.id = n.id",
            [
                sets.written(line.key for line, _, _ in found),
                _array(state for _, state, _ in found),
                _array(each and rf"\\x{each.hex()}" for each in problems),
                sets.written(response for _, _, response in found),
                sets.written(line.resident_id for line, _, _ in found),
            ],
        )


def parts(rows: Sequence[tuple[UUID, object]], size: int) -> Iterator[list[UUID]]:
    """The ids of rows, given as (id, what they are about), in parts of `size` or a little more.

    Neighbours about the same are never parted: one part is one transaction, and several are worked on at a time.
    """
    start = 0
    while start < len(rows):
        end = min(start + size, len(rows))
        while end < len(rows) and rows[end][1] == rows[end - 1][1]:
            end += 1
        yield [key for key, _ in rows[start:end]]
        start = end


def set_applied(written: Sequence[tuple[str, str]]) -> None:
    """Mark rows as written, given as (id, response); what was said of them stays."""
    if not written:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {TABLE} r set state = %s, response_id = n.response "
            "from unnest(%s::uuid[], %s::uuid[]) as n(id, response) where r.id = n.id",
            [State.APPLIED, *(sets.written(some) for some in zip(*written, strict=True))],
        )


def _array(values: Iterable[str | None]) -> str:
    """An array as PostgreSQL reads it, of bytes and words that need no quotes."""
    return "{" + ",".join(["null" if each is None else each for each in values]) + "}"


def keep(upload_id: UUID, batch: bulk_keeping.Batch) -> None:
    """Keep what the check made of the rows of one transaction, sealed, until they are written."""
    rows = len(batch.kept) + len(batch.again)
    if not rows:
        return
    portion = UploadPortion(id=ids.uuid7(), upload_id=upload_id, rows=rows)
    # Made small first: rows of one form are much alike, and sealing takes as long as the text is.
    packed = base64.b64encode(zlib.compress(batch.dumps().encode(), 1)).decode("ascii")
    portion.kept_cipher = sealed.encrypt(packed, table=PORTIONS, column="kept_cipher", row_id=portion.id)
    portion.save(force_insert=True)


def take(portion_id: UUID) -> bulk_keeping.Batch | None:
    """What was kept of a portion, locked until the transaction ends and then gone; None when it was taken before."""
    portion = UploadPortion.objects.select_for_update().get(id=portion_id)
    text = sealed.decrypt(portion.kept_cipher, table=PORTIONS, column="kept_cipher", row_id=portion_id)
    if text is None:
        return None
    UploadPortion.objects.filter(id=portion_id).update(kept_cipher=None)
    return bulk_keeping.Batch.loads(zlib.decompress(base64.b64decode(text)).decode())


def taken_back(made: Iterable[UUID]) -> set[UUID]:
    """Which residents, organizations and staff were made by a package that was taken back: they may come again."""
    keys = list(made)
    undone = UploadRow.objects.filter(state=State.UNDONE)
    return {
        *undone.filter(id__in=keys).values_list("id", flat=True),
        *undone.filter(response_id__in=keys).values_list("response_id", flat=True),
    }


def register() -> None:
    """Make the sealed columns known to key rotation."""
    sealed.register(TABLE, "cells_cipher")
    sealed.register(TABLE, "problems_cipher")
    sealed.register(PORTIONS, "kept_cipher")
    sealed.register("excel_upload", "content_cipher")
