"""Every table of a snapshot as DuckDB shows it, and as the database has it, read by the models and not by the exports."""

import datetime as dt
from decimal import Decimal

import duckdb

from gongwei.base.clock import CHINA
from gongwei.language import fields
from gongwei.records import columns
from gongwei.records.models import Episode, Response
from gongwei.residents.models import Resident
from gongwei.snapshots import folders

MARK = "…"


def shown(engine, name):
    """The rows of a table in DuckDB, as sorted tuples of plain values by column."""
    rows = engine.sql(f'select * from "{name}"').to_arrow_table().to_pylist()
    return sorted(rows, key=str)


def everything(engine):
    """All tables of a snapshot by name, but for the list of what changed."""
    names = [
        row[0] for row in engine.execute("select view_name from duckdb_views() where not internal").fetchall()
    ]
    return {name: shown(engine, name) for name in sorted(names) if name != "changed"}


def of_form(code):
    """What the snapshot must have of a form: the records in force, typed words only as a mark."""
    model = columns.model_for(code)
    found = []
    for row in model.objects.filter(live=True).select_related("response", "resident"):
        entered = row.response.entered_at.astimezone(CHINA).date()
        values = {"subject_id": str(row.resident_id), "record_id": str(row.pk), "entered_on": entered}
        for name, field in model.form.fields.items():
            values[name] = _plain(
                field, getattr(row, f"{name}_id" if isinstance(field, fields.Person) else name)
            )
        values |= {"subject_sex": row.resident.sex, "subject_birth_date": row.resident.birth_date}
        found.append(values | {"area_key": row.resident.area_id})
    return sorted(found, key=str)


def _plain(field, value):
    if value is None:
        return None
    match field:
        case fields.Text():
            return MARK if value else value
        case fields.Person():
            return str(value)
        case fields.Rows():
            inner = field.row.fields
            return [
                {name: _plain(each, _read(each, row.get(name))) for name, each in inner.items()}
                for row in value
            ]
        case fields.Moment():
            return value.astimezone(CHINA)
    return value


def _read(field, value):
    """A value inside JSON: numbers and days are text there."""
    if value is None:
        return None
    if isinstance(field, fields.Quantity):
        return Decimal(str(value)) if field.decimals else int(value)
    return dt.date.fromisoformat(value) if isinstance(field, fields.Date) else value


def subjects():
    """What the snapshot must have of the residents and where they belong: all but those merged into others."""
    found = []
    for person in Resident.objects.exclude(status="merged"):
        found.append(
            {
                "subject_id": str(person.id),
                "sex": person.sex,
                "birth_date": person.birth_date,
                "residence_type": person.residence_type,
                "lives_here_since": person.resident_since,
                "left_on": person.status_since if person.cancel_reason == "2" else None,
                "filed_on": person.filed_on,
                "cancelled_on": person.status_since if person.status == "cancelled" else None,
                "died_on": person.death_on,
                "area_key": person.area_id,
                "organization_id": _id(person.managing_organization_id),
                "doctor_id": _id(person.responsible_doctor_id),
                "status": person.status,
            }
        )
    return sorted(found, key=str)


def _id(key):
    return None if key is None else str(key)


def episodes():
    """Those under management and those that have ended."""
    chosen = Episode.objects.filter(state__in=["active", "ended"])
    return sorted(
        (
            {
                "subject_id": str(each.resident_id),
                "kind": each.kind,
                "started_on": each.started_on,
                "ended_on": each.ended_on,
                "area_key": each.area_key,
            }
            for each in chosen
        ),
        key=str,
    )


def responses():
    """Every filled form, corrected and withdrawn ones too."""
    return sorted(
        (
            {
                "record_id": str(each.pk),
                "subject_id": str(each.resident_id),
                "form_code": each.form_code,
                "done_on": each.done_on,
                "entered_at": each.entered_at.astimezone(CHINA),
                "organization_id": str(each.encounter.organization_id),
                "practitioner_id": _text(each.encounter.practitioner_id),
                "encounter_id": str(each.encounter_id),
                "status": each.status,
                "supersedes": _text(each.supersedes_id),
                "moved_in": each.supersedes_id is None and each.encounter.source == "package",
                "first_entered_on": None if each.supersedes_id else each.encounter.first_entered_on,
                "area_key": each.encounter.area_key,
            }
            for each in Response.objects.select_related("encounter")
        ),
        key=str,
    )


def _text(value):
    return None if value is None else str(value)


def as_written_before(snapshot):
    """Make a snapshot's files what they were when residents' places were a table `placements` and records stood alone."""
    folder, tables = folders.of(snapshot.id), {}
    with duckdb.connect() as engine:
        for name, table in snapshot.tables.items():
            listed = ", ".join(f"'{folder}/{each['name']}'" for each in table["files"])
            stored = [column for column, _ in table["columns"]]
            kept = [column for column in stored if column not in COLUMNS_SINCE.get(name, BESIDE_RECORDS)]
            parts = {name: kept}
            if name == "subjects":
                parts["placements"] = ["subject_id", "area_key", *COLUMNS_SINCE[name]]
            for part, columns_ in parts.items():
                path = f"{part}/before.parquet"
                (folder / part).mkdir(exist_ok=True)
                engine.execute(
                    f"copy (select {', '.join(columns_)} from read_parquet([{listed}])) to '{folder}/{path}' (format parquet)"
                )
                types = dict(table["columns"])
                tables[part] = table | {
                    "columns": [[column, types[column]] for column in columns_],
                    "files": [{"name": path, "sha256": ""}],
                }
    snapshot.tables = tables
    snapshot.save(update_fields=["tables"])


COLUMNS_SINCE = {"subjects": ["organization_id", "doctor_id", "status"]}
BESIDE_RECORDS = ["subject_sex", "subject_birth_date"]
