"""A resident as screens show one: numbers masked, codes in words."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gongwei.residents import codes, identity, sealing, states, tags, telephones
from gongwei.residents.models import Resident


@dataclass(frozen=True)
class Shown:
    """Plain values for a page; the identity number and telephones are masked."""

    id: UUID
    name: str
    sex: str
    birth_date: dt.date
    age: int
    id_type: str
    id_number: str
    phone: str
    record_no: str
    area_key: int
    address: str
    status: str
    status_title: str
    managing_organization_id: UUID
    responsible_doctor_id: UUID | None
    filed_on: dt.date | None
    tags: tuple[tags.Tag, ...]


def masked(resident: Resident, *, on: dt.date, found: Sequence[tags.Tag] = ()) -> Shown:
    """Return a resident with the numbers masked; `found` are the tags (see `tags.of`)."""
    number = sealing.open_column(resident, sealing.RESIDENT, "id_cipher")
    phone = sealing.open_column(resident, sealing.RESIDENT, "phone_cipher")
    until = resident.death_on or on
    return Shown(
        id=resident.id,
        name=resident.name,
        sex=codes.name("sex", resident.sex),
        birth_date=resident.birth_date,
        age=max(identity.age_on(resident.birth_date, until), 0),
        id_type=codes.name("id_document", resident.id_type),
        id_number=identity.masked(number),
        phone=telephones.masked(phone),
        record_no=resident.record_no or "",
        area_key=resident.area_id,
        address=resident.address,
        status=resident.status,
        status_title=states.STATES[resident.status].title,
        managing_organization_id=resident.managing_organization_id,
        responsible_doctor_id=resident.responsible_doctor_id,
        filed_on=resident.filed_on,
        tags=tuple(found),
    )


def masked_name(name: str) -> str:
    """Return a name that says little: 张*, 欧阳** (the surname only)."""
    shown = 2 if len(name) > 3 else 1
    return name[:shown] + "*" * max(len(name) - shown, 1)
