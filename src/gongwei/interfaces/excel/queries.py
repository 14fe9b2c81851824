"""Reads on uploads, for pages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.base.actors import Actor
from gongwei.interfaces.excel import cells, headings, layouts, staging, uploads
from gongwei.interfaces.excel.models import Upload, UploadRow
from gongwei.places import policy
from gongwei.places.roles import Role

SHOWN = 50


@dataclass(frozen=True)
class ShownRow:
    """One row of the preview: where it stands, its first cells, its state and what is wrong."""

    number: int
    sheet: str
    cells: list[str]
    state: str
    state_title: str
    problems: list[dict[str, str]]
    resident_id: UUID | None
    response_id: UUID | None


def available(actor: Actor) -> list[tuple[str, str]]:
    """(code, title) of the sheets an actor may import."""
    if not policy.may(actor, policy.IMPORT):
        return []
    may_register = policy.may(actor, policy.RESIDENT_REGISTER)
    return [each for each in layouts.codes_with_layout() if may_register or each[0] != layouts.RESIDENTS]


def importers() -> str:
    """Whose duty it is to import, in the words of the table of rights."""
    return "、".join(
        str(role.label)
        for role in Role
        if policy.relation(role.value, policy.IMPORT) is not policy.Relation.NONE
    )


def upload_list(actor: Actor) -> Any:
    """The actor's own uploads, the latest first."""
    return uploads.mine(actor).order_by("-created_at")


def upload(actor: Actor, upload_id: UUID) -> Upload | None:
    """One of the actor's own uploads."""
    found: Upload | None = uploads.mine(actor).filter(id=upload_id).select_related("mapping").first()
    return found


def rows(found: Upload, state: str, after: int = 0) -> tuple[list[ShownRow], int | None]:
    """A page of the rows in a state ("" for all), from a place on; and the place the next page begins at."""
    wanted = UploadRow.objects.filter(upload=found, position__gt=after).order_by("position")
    if state in UploadRow.State.values:
        wanted = wanted.filter(state=state)
    some = list(wanted[: SHOWN + 1])
    plans = {plan["place"]: plan for plan in found.sheets}
    shown = [_shown(row, plans, face(found)) for row in some[:SHOWN]]
    return shown, some[SHOWN - 1].position if len(some) > SHOWN else None


#: The cells a person recognises a row by.
FACE = (
    layouts.NAME,
    layouts.RECORD_NO,
    layouts.ID_NUMBER,
    "done_on",
    "=name",
    "=id_number",
    "=area",
    "=record_no",
)


def face(found: Upload) -> list[str]:
    """The identifiers of the first columns of the preview, as far as the file has them."""
    there = {identifier for plan in found.sheets for identifier in plan["columns"]}
    return [each for each in FACE if each in there]


def shown_row(found: Upload, row: UploadRow) -> ShownRow:
    """One row of an upload as its preview shows it."""
    return _shown(row, {plan["place"]: plan for plan in found.sheets}, face(found))


def headings_of(found: Upload) -> list[str]:
    """The headings of the cells a row is recognised by."""
    known = layouts.of(found.code).by_identifier if found.code else {}
    return [known[each].heading if each in known else "" for each in face(found)]


def _shown(row: UploadRow, plans: dict[int, Any], shown_by: list[str]) -> ShownRow:
    line = staging.lines([row])[0]
    plan = plans[row.sheet]
    raw = {
        identifier: cells.shown(line.cells[place])
        for place, identifier in enumerate(plan["columns"])
        if identifier and place < len(line.cells)
    }
    said = [_masked(identifier, raw.get(identifier, "")) for identifier in shown_by]
    return ShownRow(
        row.number, plan["name"], said, row.state, row.get_state_display(), staging.problems_of(row), row.resident_id, row.response_id
    )  # fmt: skip


def _masked(identifier: str, text: str) -> str:
    if identifier in (layouts.ID_NUMBER, "=id_number") and len(text) >= 10:
        return text[:6] + "*" * (len(text) - 10) + text[-4:]
    return text


def mapping_columns(found: Upload) -> list[dict[str, Any]]:
    """For the mapping page: each heading of the first unknown sheet, with the column it is most like."""
    layout = layouts.of(found.code)
    sheet = found.sheets[0]
    said = [each for each in sheet["headings"] if each]
    guessed = headings.guess(said, layout)
    if found.mapping_id and found.mapping:
        guessed |= found.mapping.columns
    kept = dict(zip(sheet["headings"], sheet["columns"], strict=True))
    return [
        {"heading": each, "chosen": kept.get(each) or guessed.get(each, "")} for each in dict.fromkeys(said)
    ]


def columns(code: str) -> list[tuple[str, str, bool]]:
    """(identifier, heading, required) of a sheet's columns."""
    return [(each.identifier, each.heading, each.required) for each in layouts.of(code).columns]
