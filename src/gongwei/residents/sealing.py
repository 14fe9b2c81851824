"""Where the sealed columns of residents are, and the blind indexes that follow them.

The keys take normalised values only (`identity`, `telephones`): the same document typed in two ways is one key.
"""

from uuid import UUID

from gongwei.base import sealed

RESIDENT, HOUSEHOLD = "residents_resident", "residents_household"
IDENTIFIER, RELATED = "residents_residentidentifier", "residents_relatedperson"
CHANGE, CONFLICT = "residents_residentchange", "residents_fieldconflict"

ID_PURPOSE, LAST4_PURPOSE, LAST6_PURPOSE = "resident.id", "resident.id.last4", "resident.id.last6"
PHONE_PURPOSE, PHONE4_PURPOSE = "resident.phone", "resident.phone.last4"


def document(id_type: str, number: str) -> str:
    """Return what the whole-number key is made of: a passport and an ID card with equal characters differ."""
    return f"{id_type}:{number}"


def id_columns(resident_id: UUID, id_type: str, number: str | None) -> dict[str, bytes | None]:
    """Return the four identity columns of a resident's row; all None when there is no number."""
    if not number:
        return {"id_cipher": None, "id_key": None, "id_last4_key": None, "id_last6_key": None}
    return {
        "id_cipher": sealed.encrypt(number, table=RESIDENT, column="id_cipher", row_id=resident_id),
        **_document_keys(number, id_type=id_type),
    }


def tail_keys(number: str) -> dict[str, bytes | None]:
    """Return the keys of the last four and last six characters (None when the number is shorter)."""
    return {
        "id_last4_key": sealed.blind(number[-4:], purpose=LAST4_PURPOSE) if len(number) >= 4 else None,
        "id_last6_key": sealed.blind(number[-6:], purpose=LAST6_PURPOSE) if len(number) >= 6 else None,
    }


def phone_keys(phone: str) -> dict[str, bytes | None]:
    """Return the telephone's keys: whole and last four."""
    return {
        "phone_key": sealed.blind(phone, purpose=PHONE_PURPOSE),
        "phone_last4_key": sealed.blind(phone.split("x")[0][-4:], purpose=PHONE4_PURPOSE),
    }


def phone_columns(resident_id: UUID, phone: str | None) -> dict[str, bytes | None]:
    """Return the three telephone columns of a resident's row; all None when there is none."""
    if not phone:
        return {"phone_cipher": None, "phone_key": None, "phone_last4_key": None}
    return {
        "phone_cipher": sealed.encrypt(phone, table=RESIDENT, column="phone_cipher", row_id=resident_id),
        **phone_keys(phone),
    }


def seal(text: str | None, table: str, column: str, row_id: UUID) -> bytes | None:
    """Seal a text in its place; an empty text is no text."""
    return sealed.encrypt(text or None, table=table, column=column, row_id=row_id)


def open_column(row: object, table: str, column: str) -> str | None:
    """Open a sealed column of a model row (`id_cipher` of a resident)."""
    return sealed.decrypt(getattr(row, column), table=table, column=column, row_id=row.id)  # type: ignore[attr-defined]


def _document_keys(number: str, *, id_type: str) -> dict[str, bytes | None]:
    return {
        "id_key": sealed.blind(document(id_type, number), purpose=ID_PURPOSE),
        **tail_keys(number),
    }


def _history_keys(number: str, *, id_type: str) -> dict[str, bytes | None]:
    return {"key": sealed.blind(document(id_type, number), purpose=ID_PURPOSE)}


def register_columns() -> None:
    """Make every sealed column, and the blind indexes beside it, known to key rotation."""
    sealed.register(RESIDENT, "id_cipher", derived=_document_keys, also=("id_type",))
    sealed.register(RESIDENT, "phone_cipher", derived=phone_keys)
    sealed.register(RESIDENT, "contact_phone_cipher")
    sealed.register(HOUSEHOLD, "phone_cipher")
    sealed.register(IDENTIFIER, "cipher", derived=_history_keys, also=("id_type",))
    sealed.register(RELATED, "phone_cipher")
    for column in ("old_cipher", "new_cipher"):
        sealed.register(CHANGE, column)
    for column in ("base_cipher", "theirs_cipher", "mine_cipher"):
        sealed.register(CONFLICT, column)
