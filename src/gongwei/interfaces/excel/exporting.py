"""Exports of filled forms and of long lists as jobs; the files wait in the job centre."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from gongwei.base import audit, clock, job_files, jobs, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.interfaces.excel import columns, layouts, returned, sheets, templates, uploads
from gongwei.interfaces.excel.directory import Directory
from gongwei.language import fields
from gongwei.places import policy
from gongwei.records import bulk
from gongwei.records import columns as tables
from gongwei.residents import identity, profile, sealing
from gongwei.residents import queries as residents_queries

#: Rows one file takes at most.
MOST_ROWS = 100_000
_BATCH = 1000
#: So many different answers of a column are remembered.
_MOST_KNOWN = 20_000


@jobs.job(name="导出Excel", queue="excel")
def export_form(
    progress: Progress, *, code: str, first: str | None, last: str | None, purpose: str = ""
) -> dict[str, Any]:
    """Export the filled forms (or, for 建档, the residents) of the areas of whoever asked, to import them again elsewhere."""
    file = io.BytesIO()
    count = write(progress.by, file, code, _day(first), _day(last), purpose=purpose, progress=progress)
    name = f"{layouts.of(code).title}_{clock.today():%Y%m%d}.xlsx"
    job_files.keep(progress, name=name, content_type=sheets.CONTENT_TYPE, content=file.getvalue())
    return {"行数": count}


@jobs.job(name="生成退回文件", queue="excel")
def return_rows(progress: Progress, *, upload_id: str, everything: bool) -> dict[str, Any]:
    """The file with the error column, for an upload with very many rows."""
    upload = uploads.mine(progress.by).get(id=UUID(upload_id))
    content = returned.workbook(progress.by, upload, everything=everything)
    job_files.keep(
        progress,
        name=f"错误说明_{upload.file_name}".removesuffix(".xlsx") + ".xlsx",
        content_type=sheets.CONTENT_TYPE,
        content=content,
    )
    return {}


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def write(
    by: Actor,
    file: io.BytesIO,
    code: str,
    first: dt.date | None = None,
    last: dt.date | None = None,
    *,
    purpose: str = "",
    progress: Progress | None = None,
) -> int:
    """Write the rows of a form (or of RESIDENTS) done between two days into a workbook; returns how many.

    Numbers of documents and telephones leave masked: the record number says who is meant. With a `purpose` those of
    RESIDENTS leave whole, so that the sheet can be filed from in a system that does not know them; that needs the right to
    see them. The ids that leave are written to the access log, with the purpose. Raises policy.Forbidden.
    """
    layout = layouts.available(code)
    policy.require(by, policy.EXPORT)
    whole = bool(purpose) and layout.form is None
    if whole:
        policy.require(by, policy.FULL_ID_VIEW)
    names = Directory(by)
    filled = templates.Filled(file, layout, names)
    count = 0
    with scope.acting(by):
        source = (
            _residents(by, names, first, last, whole=whole)
            if layout.form is None
            else _forms(by, names, code, first, last)
        )
        leaving: list[str] = []
        for key, values in source:
            filled.add(values)
            leaving.append(str(key))
            count += 1
            if len(leaving) >= _BATCH:
                _audit(by, code, first, last, leaving, purpose if whole else "")
                if progress is not None:
                    progress.step(len(leaving))
                leaving = []
        if leaving:
            _audit(by, code, first, last, leaving, purpose if whole else "")
    filled.close()
    return count


def _audit(
    by: Actor, code: str, first: dt.date | None, last: dt.date | None, leaving: list[str], purpose: str
) -> None:
    audit.record(
        by=by,
        action="export",
        subject_kind="resident",
        detail={
            "form": code,
            "first": first,
            "last": last,
            "ids": leaving,
            **({"whole_numbers": True, "reason": purpose[:200]} if purpose else {}),
        },
        at=clock.now(),
    )


def _forms(
    by: Actor, names: Directory, code: str, first: dt.date | None, last: dt.date | None
) -> Iterator[tuple[UUID, dict[str, Any]]]:
    form = layouts.of(code).form
    assert form is not None
    model = tables.model_for(code)
    rows = model.objects.filter(live=True, resident__in=residents_queries.visible_to(by))
    if first:
        rows = rows.filter(done_on__gte=first)
    if last:
        rows = rows.filter(done_on__lte=last)
    asked = [(name, each) for name, each in form.fields.items() if name != "done_on"]
    stored = [f"{name}_id" if isinstance(each, fields.Person) else name for name, each in asked]
    shown = [(name, _Shown(each, names)) for name, each in asked]
    found = rows.order_by("resident__record_no", "done_on", "response_id").values_list(
        *("resident_id", "resident__record_no", "resident__name", "resident__id_cipher"),
        *(f"response__encounter__{each}" for each in ("mode", "organization_id", "practitioner_id")),
        *("done_on", *stored),
    )
    last, number = None, ""
    # Values, not objects: a resident and a response have a hundred columns that no sheet shows.
    for key, record_no, name, sealed_number, mode, organization, practitioner, day, *rest in found[
        :MOST_ROWS
    ].iterator(chunk_size=_BATCH):
        if key != last:
            last, number = key, identity.masked(_opened(key, sealed_number))
        values: dict[str, Any] = {
            layouts.RECORD_NO: record_no,
            layouts.NAME: name,
            layouts.ID_NUMBER: number,
            layouts.MODE: layouts.MODES.label(mode),
            layouts.ORGANIZATION: names.organization_titles.get(organization),
            layouts.PRACTITIONER: names.practitioner_title(str(practitioner)) if practitioner else None,
            "done_on": day,
        }
        for (identifier, cell), value in zip(shown, rest, strict=True):
            if value is not None and (answer := cell.of(value)) is not None:
                values[identifier] = answer
        yield key, values


def _opened(resident_id: UUID, cipher: bytes | None) -> str | None:
    return sealed.decrypt(cipher, table=sealing.RESIDENT, column="id_cipher", row_id=resident_id)


class _Shown:
    """The cells of one column of answers; what stands in many records (an option, a drug) is written out once."""

    def __init__(self, field: fields.Field, names: Directory) -> None:
        self._field, self._names = field, names
        self._read = bulk.reader_of(field)
        self._repeats = isinstance(
            field, fields.Choice | fields.Choices | fields.Person | fields.YesNo | fields.Rows
        )
        self._known: dict[str, Any] = {}

    def of(self, stored: Any) -> Any:
        """The cell of a stored value; None for a missing one."""
        if not self._repeats:
            return self._made(stored)
        key = repr(stored)
        if key in self._known:
            return self._known[key]
        cell = self._made(stored)
        if len(self._known) < _MOST_KNOWN:
            self._known[key] = cell
        return cell

    def _made(self, stored: Any) -> Any:
        value = stored if self._read is None else self._read(stored)
        return None if fields.is_missing(value) else columns.to_cell(self._field, value, self._names)


def _residents(
    by: Actor, names: Directory, first: dt.date | None, last: dt.date | None, *, whole: bool
) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Who is on file: a draft has no number by which it would be known again."""
    layout = layouts.of(layouts.RESIDENTS)
    rows = (
        residents_queries.visible_to(by)
        .filter(record_no__isnull=False)
        .exclude(status__in=["cancelled", "merged"])
        .order_by("record_no", "id")
    )
    if first:
        rows = rows.filter(filed_on__gte=first)
    if last:
        rows = rows.filter(filed_on__lte=last)
    for row in rows[:MOST_ROWS].iterator(chunk_size=_BATCH):
        kept = profile.values(row)
        values: dict[str, Any] = {layouts.PROFILE_RECORD_NO: row.record_no, "=filed_on": row.filed_on}
        for column in layout.columns:
            name = column.identifier[1:]
            value = kept.get(name)
            if value in (None, ""):
                continue
            if name == "area":
                value = names.village_titles.get(value, str(value))
            elif name == "responsible_doctor":
                value = names.practitioner_title(str(value))
            elif name in layouts.MASKS and not whole:
                value = layouts.MASKS[name](value)
            elif column.limits.options:
                value = next((each for each in column.limits.options if each.split(" ")[0] == value), value)
            values[column.identifier] = value
        yield row.id, values
