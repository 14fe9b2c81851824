"""The columns that forms, subjects and episodes have in a snapshot, as Arrow types. Knows nothing of ibis: who only reads
a snapshot's rows, as pages do, need not wait for it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import singledispatch

import pyarrow as pa

from gongwei.language import attributes, fields
from gongwei.language.forms import FieldGroup

#: Digits of a stored number with decimals.
STORED_DIGITS = 18

#: Columns every form's table has beside the form's fields (`done_on` among them).
RECORD_COLUMNS = {"subject_id": "string", "record_id": "string", "entered_on": "date"}

#: Attributes that stand beside each record in a snapshot, under the name `beside_record` gives: most conditions about records
#: ask for somebody's age on that day, and looking up everybody for every form is a large part of a run over a city.
CARRIED = ("sex", "birth_date")


def beside_record(attribute: str) -> str:
    """The column of a form's table that an attribute of the subject is in."""
    return f"subject_{attribute}"


@singledispatch
def arrow_type(each: fields.Field) -> pa.DataType:
    """The Arrow type of a field's column in a snapshot.

    Raises:
        NotImplementedError: a field type without this face.
    """
    raise NotImplementedError(f"columns have no {type(each).__name__}")


@arrow_type.register(fields.Text)
@arrow_type.register(fields.Choice)
@arrow_type.register(fields.Code)
@arrow_type.register(fields.Person)
def _(each: fields.Field) -> pa.DataType:
    return pa.string()


@arrow_type.register
def _(each: fields.Date) -> pa.DataType:
    return pa.date32()


@arrow_type.register
def _(each: fields.Moment) -> pa.DataType:
    return pa.timestamp("us", tz="UTC")


@arrow_type.register
def _(each: fields.YesNo) -> pa.DataType:
    return pa.bool_()


@arrow_type.register
def _(each: fields.Quantity) -> pa.DataType:
    if each.decimals:
        return pa.decimal128(STORED_DIGITS, each.decimals)
    large = each.between is not None and max(abs(limit) for limit in each.between) > Decimal(2**31 - 1)
    return pa.int64() if large else pa.int32()


@arrow_type.register
def _(each: fields.Choices) -> pa.DataType:
    return pa.list_(pa.string())


@arrow_type.register
def _(each: fields.Rows) -> pa.DataType:
    return pa.list_(pa.struct([pa.field(name, arrow_type(inner)) for name, inner in each.row.fields.items()]))


def arrow_schema(form: type[FieldGroup]) -> pa.Schema:
    """The columns of a form's table in a snapshot, in order."""
    own = [(name, pa.date32() if of == "date" else pa.string()) for name, of in RECORD_COLUMNS.items()]
    return pa.schema(own + [(name, arrow_type(each)) for name, each in form.fields.items()])


def arrow_carried() -> pa.Schema:
    """The columns that tables of forms in a snapshot have beside those of `arrow_schema`: attributes of each record's subject."""
    subjects = arrow_subjects()
    return pa.schema([(beside_record(name), subjects.field(name).type) for name in CARRIED])


def arrow_subjects() -> pa.Schema:
    """The columns of the table of subjects: `subject_id` and every attribute."""
    columns = [("subject_id", pa.string())]
    for each in attributes.ATTRIBUTES:
        columns.append((each.name, pa.date32() if each.type.kind == "date" else pa.string()))
    return pa.schema(columns)


def arrow_episodes() -> pa.Schema:
    """The columns of the table of episodes."""
    days = [("started_on", pa.date32()), ("ended_on", pa.date32())]
    return pa.schema([("subject_id", pa.string()), ("kind", pa.string()), *days])
