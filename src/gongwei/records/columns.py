"""The database face of a form: one typed table per form, one column per field.

    FollowUp = columns.table_for(forms.FollowUp, module=__name__)      # in a programme's models.py

Every column may be NULL: what must be answered is said once, in the form, and an old version of a form did not
ask everything. What no version may hold is refused here too: `between` becomes a CHECK.
"""

import hashlib
from decimal import Decimal
from functools import singledispatch
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from gongwei.language import errors, fields, forms, types
from gongwei.records.models import TypedResponse

#: Names a form's field cannot have: the table's own columns and Django's own attributes.
TAKEN = {
    "response",
    "resident",
    "live",
    "id",
    "pk",
    "objects",
    "save",
    "delete",
    "clean",
    "check",
    "full_clean",
}

_tables: dict[str, type[TypedResponse]] = {}


@singledispatch
def column(field: fields.Field) -> models.Field:
    """The column of a field. A new field type must be registered here (tests/architecture/test_fields_faces.py)."""
    raise NotImplementedError(f"no column for {type(field).__name__}")


def _named(field: fields.Field) -> dict[str, Any]:
    unit = getattr(field, "unit", "")
    comment = f"{field.label}（{unit}）" if unit else field.label
    return {
        "verbose_name": field.label,
        "null": True,
        "blank": True,
        # Django hands comments to the driver as a query with parameters, where a plain % fails.
        "db_comment": comment.replace("%", "％"),
    }


@column.register
def _(field: fields.Text) -> models.Field:
    return models.CharField(max_length=field.max_length, **_named(field))


@column.register
def _(field: fields.Date) -> models.Field:
    return models.DateField(**_named(field))


@column.register
def _(field: fields.Moment) -> models.Field:
    return models.DateTimeField(**_named(field))


@column.register
def _(field: fields.YesNo) -> models.Field:
    return models.BooleanField(**_named(field))


@column.register
def _(field: fields.Quantity) -> models.Field:
    if field.decimals == 0:
        return models.IntegerField(**_named(field))
    largest = max((abs(Decimal(limit)) for limit in field.between or (0, 999_999)), default=Decimal(0))
    whole = len(str(int(largest)))
    return models.DecimalField(
        max_digits=whole + field.decimals, decimal_places=field.decimals, **_named(field)
    )


def _longest(options: types.Options) -> int:
    return max(len(code) for code in options.codes)


@column.register
def _(field: fields.Choice) -> models.Field:
    return models.CharField(max_length=_longest(field.options), **_named(field))


@column.register
def _(field: fields.Choices) -> models.Field:
    return ArrayField(models.CharField(max_length=_longest(field.options)), **_named(field))


@column.register
def _(field: fields.Code) -> models.Field:
    return models.CharField(max_length=40, **_named(field))


@column.register
def _(field: fields.Person) -> models.Field:
    return models.ForeignKey(
        "places.Practitioner",
        models.PROTECT,
        db_column=field.name,
        db_index=False,
        related_name="+",
        **_named(field),
    )


@column.register
def _(field: fields.Rows) -> models.Field:
    return models.JSONField(**_named(field))


def _short(name: str) -> str:
    """An index name of at most 30 characters, the same each time."""
    if len(name) <= 30:
        return name
    return f"{name[:21]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _checks(form: type[forms.Form], table: str) -> list[models.CheckConstraint]:
    """A CHECK for each hard range; NULL passes it."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{name}__gte": field.between[0], f"{name}__lte": field.between[1]}),
            name=f"{table}_{name}_between"[:63],
        )
        for name, field in form.fields.items()
        if isinstance(field, fields.Quantity) and field.between is not None
    ]


def table_for(form: type[forms.Form], *, module: str) -> type[TypedResponse]:
    """The Django model of a form, named as the form, in the app of `module`.

    Raises:
        DefinitionError: a field's name cannot be a column's, or the form has a table already.
    """
    if form.code in _tables:
        raise errors.DefinitionError(f"{form.__name__}: the form {form.code!r} has a table already")
    for name in form.fields:
        if name in TAKEN or "__" in name or name.endswith("_"):
            raise errors.DefinitionError(
                f"{form.__name__}.{name}: no column can be called so; choose another name"
            )
    label = module.split(".")[-2]
    table = f"{label}_{form.__name__.lower()}"
    meta = type(
        "Meta",
        (),
        {
            "app_label": label,
            "db_table": table,
            "db_table_comment": f"{form.title}（{form.source}）",
            "verbose_name": form.title,
            "constraints": _checks(form, table),
            "indexes": [
                models.Index(
                    F("resident"),
                    F("done_on").desc(),
                    F("response").desc(),
                    name=_short(f"{form.code}_latest"),
                ),
                models.Index(fields=["done_on"], condition=Q(live=True), name=_short(f"{form.code}_live")),
            ],
        },
    )
    columns = {name: column(field) for name, field in form.fields.items() if name != "done_on"}
    model = type(
        form.__name__,
        (TypedResponse,),
        {
            "__module__": module,
            "__doc__": f"{form.title}: one filled form.",
            "Meta": meta,
            "form": form,
            **columns,
        },
    )
    _tables[form.code] = model
    return model


def model_for(form_code: str) -> type[TypedResponse]:
    """The typed table of a form.

    Raises:
        LookupError: no programme has made one.
    """
    try:
        return _tables[form_code]
    except KeyError:
        raise LookupError(
            f"form {form_code!r} has no table; add table_for(...) to its programme's models.py"
        ) from None


def all_models() -> dict[str, type[TypedResponse]]:
    """Every typed table by form code."""
    return dict(_tables)
