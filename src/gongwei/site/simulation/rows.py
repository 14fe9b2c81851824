"""Arrays of one county turned into columns of the tables, and appended by COPY in chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import models

from gongwei.site.simulation.loading import constant_json, days_column, repeated

INTEGERS = {"SmallIntegerField": pa.int16(), "IntegerField": pa.int32(), "BigIntegerField": pa.int64()}


def arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    """The Arrow type whose binary form PostgreSQL reads into the column of `field`."""
    kind = field.get_internal_type()
    if kind in {"ForeignKey", "OneToOneField"}:
        return arrow_type(field.target_field)  # type: ignore[attr-defined]
    if kind in INTEGERS:
        return INTEGERS[kind]
    if kind in {"UUIDField", "BinaryField", "JSONField"}:
        return pa.binary()
    if kind == "DecimalField":
        return pa.decimal128(18, field.decimal_places or 0)  # type: ignore[attr-defined]
    if kind == "BooleanField":
        return pa.bool_()
    if kind == "DateField":
        return pa.date32()
    if kind == "DateTimeField":
        return pa.timestamp("us", "UTC")
    if kind == "ArrayField":
        return pa.list_(pa.string())
    return pa.string()


def to_column(field: models.Field[Any, Any], values: Any) -> pa.Array:
    """Turn an array of answers into the column of `field`; NaN, NaT and '' of a nullable column become null."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    kind = arrow_type(field)
    values = np.asarray(values)
    if field.get_internal_type() == "JSONField":
        distinct, place = np.unique(values, return_inverse=True)
        texts = [b"\x01" + text.encode() if text else None for text in distinct.tolist()]
        return pa.array(texts, pa.binary()).take(pa.array(place))
    if kind == pa.date32():
        return days_column(values)
    if pa.types.is_list(kind):
        empty = values == ""
        data = pa.array(values, pa.string(), mask=None)
        offsets = np.concatenate([[0], np.cumsum(~empty)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), data.filter(pa.array(~empty)))
    if pa.types.is_string(kind):
        values = values.astype(str) if values.dtype.kind in "iu" else values
        return pa.array(values, pa.string(), mask=(values == "") if field.null else None)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        if pa.types.is_decimal(kind):
            return pa.array(values, mask=missing).cast(kind)
        return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing).cast(kind)
    return pa.array(values).cast(kind)


def columns_of(
    model: type[models.Model], given: Mapping[str, Any], n: int, chunk: slice = slice(None)
) -> dict[str, pa.Array]:
    """Columns for COPY of `n` rows: given answers, and for the others the default or null.

    Raises KeyError for an answer that the table does not have: the simulation is then older than the form.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    unknown = set(given) - set(fields)
    if unknown:
        raise KeyError(f"{model._meta.db_table} has no column {', '.join(sorted(unknown))}")
    result = {}
    for name, field in fields.items():
        if name in given:
            values = given[name]
            result[field.column] = to_column(field, values[chunk] if chunk != slice(None) else values)
        elif field.has_default() and not callable(field.default):
            result[field.column] = repeated(field.default, n, arrow_type(field))
        elif field.has_default() and field.default in (dict, list) and isinstance(field, models.JSONField):
            result[field.column] = constant_json(field.default(), n)
        elif field.has_default() and field.default is list:
            result[field.column] = pa.array([[]] * n, arrow_type(field))
        elif field.null:
            result[field.column] = pa.nulls(n, arrow_type(field))
        elif field.blank and pa.types.is_string(arrow_type(field)):
            result[field.column] = repeated("", n, pa.string())
        else:
            raise KeyError(f"{model._meta.db_table}.{field.column} needs a value")
    return result


def in_chunks(n: int, size: int, work: Callable[[slice, int], None]) -> None:
    """Call `work(slice, length)` for each chunk of `size` rows."""
    for start in range(0, n, size):
        stop = min(start + size, n)
        work(slice(start, stop), stop - start)
