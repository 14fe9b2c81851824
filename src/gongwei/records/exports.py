"""The records in a snapshot: a table per form with what counts, the episodes, and all responses for tracing."""

import pyarrow as pa

from gongwei.engines import columnar_schemas
from gongwei.language import fields, forms
from gongwei.records import columns
from gongwei.snapshots import moving
from gongwei.snapshots.exports import Export

_RESPONSES = pa.schema(
    [
        ("record_id", pa.string()),
        ("subject_id", pa.string()),
        ("form_code", pa.string()),
        ("done_on", pa.date32()),
        ("entered_at", pa.timestamp("us", tz="UTC")),
        ("organization_id", pa.string()),
        ("practitioner_id", pa.string()),
        ("encounter_id", pa.string()),
        ("status", pa.string()),
        ("supersedes", pa.string()),
        # Of a record brought from an old system that nobody corrected since: that it was, and that system's own day of entry.
        ("moved_in", pa.bool_()),
        ("first_entered_on", pa.date32()),
        ("area_key", pa.int64()),
    ]
)
_PLACE = pa.field("area_key", pa.int64())


def of_form(form: type[forms.Form], table: str) -> Export:
    """The live records of a form, named as the form: the columns of `columnar_schemas.arrow_schema`, what stands beside each
    record of its resident (`arrow_carried`) and the resident's place.

    Typed words stay behind: a 备注 may hold a name, a 残疾证号 holds the identity number. No definition reads them.
    """
    named = "".join(f", {_asked(name, each)}" for name, each in form.fields.items())
    named += "".join(f", r.{name}" for name in columnar_schemas.CARRIED)
    rows = {name: each.row.fields for name, each in form.fields.items() if isinstance(each, fields.Rows)}
    return Export(
        form.code,
        f"select t.resident_id, t.response_id, (p.entered_at at time zone 'Asia/Shanghai')::date{named}, r.area_key "
        f"from {table} t join records_response p on p.id = t.response_id "
        "join residents_resident r on r.id = t.resident_id where t.live and {only}",
        pa.schema([*columnar_schemas.arrow_schema(form), *columnar_schemas.arrow_carried(), _PLACE]),
        resident="t.resident_id",
        words={
            name: frozenset(n for n, e in row.items() if isinstance(e, fields.Text))
            for name, row in rows.items()
        },
        formerly={
            columnar_schemas.beside_record(name): ("subjects", name) for name in columnar_schemas.CARRIED
        },
    )


def _asked(name: str, field: fields.Field) -> str:
    column = f't."{name}"'
    if isinstance(field, fields.Text):
        return moving.marked(column)
    # ADBC takes five times as long to read a number with decimals as to read its text.
    return f"{column}::text" if isinstance(field, fields.Quantity) and field.decimals else column


EXPORTS = (
    Export(
        "episodes",
        "select e.resident_id, e.kind, e.started_on, e.ended_on, e.area_key from records_episode e "
        "where e.state in ('active', 'ended') and {only}",
        columnar_schemas.arrow_episodes().append(_PLACE),
        resident="e.resident_id",
    ),
    # All of them, superseded and withdrawn ones too: what a figure was made of can be told after a correction.
    Export(
        "responses",
        "select p.id, p.resident_id, p.form_code, p.done_on, p.entered_at, e.organization_id, e.practitioner_id, "
        "p.encounter_id, p.status, p.supersedes_id, p.supersedes_id is null and e.source = 'package', "
        "case when p.supersedes_id is null then e.first_entered_on end, e.area_key "
        "from records_response p join records_encounter e on e.id = p.encounter_id where {only}",
        _RESPONSES,
        resident="p.resident_id",
    ),
    *(of_form(model.form, model._meta.db_table) for _, model in sorted(columns.all_models().items())),
)
