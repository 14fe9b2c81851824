"""The records in force a page of the file reads: the latest of each form, all of one form. The caller has logged the look."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from gongwei.engines import row
from gongwei.records import columns, definitions, key_values
from gongwei.records.models import Response
from gongwei.residents.models import Resident


def latest(resident: Resident, form_codes: Iterable[str]) -> dict[str, row.Record]:
    """The latest record of each of these forms, by form code; forms never filled are left out."""
    tables = columns.all_models()
    found = {}
    for code in form_codes:
        if code not in tables:
            continue
        typed = (
            tables[code]
            .objects.filter(resident_id=resident.pk, live=True)
            .order_by("-done_on", "-response_id")
            .first()
        )
        if typed is not None:
            found[code] = key_values.record_of(definitions.of(code).form, typed)
    return found


def of_form(resident: Resident, form_code: str, limit: int) -> list[row.Record]:
    """The latest records of one form, oldest first."""
    typed = (
        columns.model_for(form_code)
        .objects.filter(resident_id=resident.pk, live=True)
        .order_by("-done_on", "-response_id")[:limit]
    )
    form = definitions.of(form_code).form
    return [key_values.record_of(form, each) for each in reversed(typed)]


def filled_forms(resident_id: UUID) -> list[str]:
    """Codes of the forms a resident has a record in force of: one statement, so that no other table is asked in vain."""
    found = set(
        Response.objects.filter(resident_id=resident_id, status=Response.Status.FINAL)
        .order_by()
        .values_list("form_code", flat=True)
        .distinct()
    )
    return [code for code in columns.all_models() if code in found]


def most_filled(resident_id: UUID) -> str:
    """Code of the form a resident has most records in force of; empty when there is none."""
    counted = (
        Response.objects.filter(resident_id=resident_id, status=Response.Status.FINAL)
        .order_by()
        .values_list("form_code")
        .annotate(n=Count("id"))
    )
    return max(counted, key=lambda each: (each[1], each[0]), default=("", 0))[0]
