"""Residents as the paper forms show them: items 1–11, address, who manages the file. Each print is written down."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.places.models import Organization, Practitioner
from gongwei.residents import codes, identity, sealing, telephones
from gongwei.residents.models import Resident
from gongwei.residents.queries import people


def heads(
    actor: Actor, resident_ids: Iterable[UUID], *, what: str, numbers: bool = True
) -> dict[UUID, dict[str, Any]]:
    """Return what stands on paper about each resident within reach, and write the print down.

    what: the form printed, for the audit trail. numbers: the paper has identity number and telephones; they are whole
    where the duty may see them (the official form has them), masked otherwise.
    """
    wanted = list(resident_ids)
    found = {
        row.id: _head(actor, row, numbers=numbers)
        for row in people.visible_to(actor)
        .select_related(
            "area__parent",
            "managing_organization",
            "responsible_doctor",
            "filed_by",
            "filed_organization",
        )
        .filter(id__in=wanted)
    }
    _written_down(actor, found, what, numbers=numbers)
    return found


def _written_down(actor: Actor, found: Mapping[UUID, Any], what: str, *, numbers: bool) -> None:
    """One entry for each resident, in a print of thousands too: paper leaves the house, and 谁看过 must tell it."""
    for resident_id, head in found.items():
        audit.record(
            by=actor,
            action="print",
            subject_kind="resident",
            subject_id=resident_id,
            area_key=head["area_key"],
            detail={"what": what, "numbers": numbers},
        )


def _head(actor: Actor, row: Resident, *, numbers: bool) -> dict[str, Any]:
    whole = numbers and policy.may(actor, policy.FULL_ID_VIEW, area_key=row.area_id)
    shown = {"id_number": "", "phone": "", "contact_phone": ""}
    if numbers:
        for key, column, mask in (
            ("id_number", "id_cipher", identity.masked),
            ("phone", "phone_cipher", telephones.masked),
            ("contact_phone", "contact_phone_cipher", telephones.masked),
        ):
            number = sealing.open_column(row, sealing.RESIDENT, column) or ""
            shown[key] = number if whole else mask(number)
    return {
        **shown,
        "name": row.name,
        "record_no": row.record_no or "",
        "sex": row.sex,
        "birth_date": row.birth_date,
        "id_type": codes.name("id_document", row.id_type),
        "employer": row.employer,
        "contact_name": row.contact_name,
        "residence_type": row.residence_type,
        "address": f"{row.area.name}{row.address}",
        "hukou_address": row.hukou_address,
        "township": row.area.parent.name if row.area.parent_id else "",
        "village": row.area.name,
        "organization": row.managing_organization.name,
        "organization_phone": row.managing_organization.phone,
        "doctor": row.responsible_doctor.name if row.responsible_doctor_id else "",
        "filed_on": row.filed_on,
        "filed_by": row.filed_by.name if row.filed_by_id else "",
        "filed_organization": row.filed_organization.name if row.filed_organization_id else "",
        "area_key": row.area_id,
    }


def names_of_people(ids: Iterable[str | UUID]) -> dict[str, str]:
    """Return the names of practitioners by id; a form prints who did it by name."""
    wanted = {each for each in map(str, ids) if each}
    return {
        str(key): name for key, name in Practitioner.objects.filter(id__in=wanted).values_list("id", "name")
    }


def names_of_organizations(codes_or_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the names of organizations by ("organizations", code or id), as answers name them."""
    wanted = {str(each) for each in codes_or_ids if each}
    ids = {each for each in wanted if len(each) == 36}
    rows = Organization.objects.filter(code__in=wanted - ids) | Organization.objects.filter(id__in=ids)
    found = {}
    for row in rows:
        found["organizations", row.code] = found["organizations", str(row.id)] = row.name
    return found


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Completed years on a day."""
    return max(identity.age_on(birth_date, day), 0)
