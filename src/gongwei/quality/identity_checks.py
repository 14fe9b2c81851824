"""Checks of what is sealed: document numbers, telephones (QA001–QA004, QA012, QA015). The numbers never leave here.

Opening a number takes microseconds, so a county is done in seconds; nothing that is found contains one.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from gongwei.quality import keeping, rules
from gongwei.residents import identity, sealing, states, telephones
from gongwei.residents.models import Resident
from gongwei.residents.typed_text import BadText

CODES = ["QA001", "QA002", "QA003", "QA004", "QA012", "QA015"]
#: By hand, because the rule is code: raise it when its meaning changes.
DIGEST = "identity-1"
BATCH = 2000
_LIVING = [states.ACTIVE, states.TRANSFERRING_OUT, states.LOST]
_COLUMNS = (
    "id", "area_id", "name", "sex", "birth_date", "id_type", "id_cipher", "phone_cipher", "contact_phone_cipher",
    "filed_on", "responsible_doctor_id", "managing_organization_id",
)  # fmt: skip


def of_residents(resident_ids: Sequence[UUID]) -> list[keeping.Found]:
    """What is wrong with the numbers of these residents."""
    chosen = Resident.objects.filter(pk__in=resident_ids, status__in=_LIVING).only(*_COLUMNS)
    return [each for resident in chosen for each in _of(resident)]


def of_all() -> Iterator[keeping.Found]:
    """What is wrong with everybody's numbers, in the order of their ids."""
    last: UUID | None = None
    while True:
        wanted = Resident.objects.filter(status__in=_LIVING).only(*_COLUMNS).order_by("id")
        batch = list((wanted.filter(id__gt=last) if last else wanted)[:BATCH])
        for resident in batch:
            yield from _of(resident)
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def _of(resident: Resident) -> Iterable[keeping.Found]:
    for code, key, said in complaints(
        resident,
        sealing.open_column(resident, sealing.RESIDENT, "id_cipher"),
        sealing.open_column(resident, sealing.RESIDENT, "phone_cipher"),
        sealing.open_column(resident, sealing.RESIDENT, "contact_phone_cipher"),
    ):
        yield keeping.Found(
            rule=rules.of(code),
            key=key,
            area_key=resident.area_id,
            digest=DIGEST,
            resident_id=resident.pk,
            done_on=resident.filed_on,
            practitioner_id=resident.responsible_doctor_id,
            organization_id=resident.managing_organization_id,
            found=said,
        )


def complaints(
    resident: Resident, number: str | None, phone: str | None, contact: str | None
) -> Iterator[tuple[str, str, str]]:
    """Rule, key and words for what is wrong with a resident's numbers; the words contain none of them."""
    if number and resident.id_type == identity.RESIDENT_CARD and not identity.is_temporary(number):
        yield from _card(resident, number)
    if phone:
        try:
            telephones.normalise(phone)
        except BadText:
            yield "QA012", "", "本人电话不是有效的手机号或固定电话号码"
    if phone and phone == contact:
        yield "QA015", "phone", "联系人电话与本人电话相同"


def _card(resident: Resident, number: str) -> Iterator[tuple[str, str, str]]:
    born = identity_date(number)
    if born is None:
        yield "QA002", "", "身份证号码中的出生日期不是日历上的日期"
    if not identity_checksum(number):
        yield "QA001", "", "身份证号码的校验位不对"
    if born is not None and born != resident.birth_date.strftime("%Y%m%d"):
        yield "QA003", "", f"登记的出生日期 {resident.birth_date}，与身份证号码不符"
    if len(number) == 18 and number[16].isdigit() and resident.sex in ("1", "2"):
        sex = "1" if int(number[16]) % 2 else "2"
        if sex != resident.sex:
            yield "QA004", "", "登记的性别与身份证号码不符"


def identity_checksum(number: str) -> bool:
    """Whether the last character is the one GB 11643 wants."""
    return (
        len(number) == 18
        and number[:17].isascii()
        and number[:17].isdigit()
        and identity.check_character(number[:17]) == number[17].upper()
    )


def identity_date(number: str) -> str | None:
    """The birth part (yyyymmdd) of a number, or None when it is no date of the calendar."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14])).strftime("%Y%m%d")
    except ValueError:
        return None
