"""Areas, organizations, staff and accounts as plain words."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from gongwei.places import division_codes, roles

KINDS = [
    ("county_commission", "县区卫生健康委"),
    ("guidance_centre", "基本公共卫生服务指导中心"),
    ("hospital", "医院"),
    ("township_centre", "乡镇卫生院"),
    ("community_centre", "社区卫生服务中心"),
    ("community_station", "社区卫生服务站"),
    ("village_clinic", "村卫生室"),
    ("cdc", "疾病预防控制中心"),
    ("mch", "妇幼保健院"),
    ("mental_health", "精神卫生中心"),
    ("supervision", "卫生监督所"),
    ("finance_bureau", "财政局"),
]
_DEPTH = {"province": 0, "city": 1, "county": 2, "township": 3, "village": 4}


def styled(form: forms.Form) -> forms.Form:
    """Give the boxes of a plain form the look of the style sheet."""
    for field in form.fields.values():
        widget = field.widget
        if isinstance(widget, forms.Select):
            widget.attrs.setdefault("class", "form-select")
        elif isinstance(widget, forms.CheckboxInput):
            widget.attrs.setdefault("class", "form-check-input")
        elif not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            widget.attrs.setdefault("class", "form-control")
    return form


def tree(nodes: Iterable[Any], *, chosen: int | None, levels: int = 4) -> list[dict[str, Any]]:
    """The tree of areas as nested dictionaries; open down to the chosen one, `levels` deep (0 province … 4 village)."""
    lines = []
    for node in nodes:
        if _DEPTH[node.level] > levels:
            continue
        below = tree(node.children, chosen=chosen, levels=levels)
        here = node.key == chosen
        lines.append(
            {
                "key": node.key,
                "name": node.name,
                "here": here,
                "reached": node.reached,
                "below": below,
                "open": here
                or any(line["open"] for line in below)
                or _DEPTH[node.level] < 2
                or (_DEPTH[node.level] == 2 and chosen is None),
            }
        )
    return lines


def _range(area: int | None) -> tuple[int, int]:
    if area is None:
        return 0, 10**12
    code = f"{area:012d}"
    for width in (2, 4, 6, 9):
        if int(code[width:]) == 0:
            return area, area + 10 ** (12 - width) - 1
    return area, area


def organizations(found: Iterable[Any], area: int | None) -> list[dict[str, Any]]:
    """Organizations for a list, those with their seat in an area only."""
    low, high = _range(area)
    return [organization(each) for each in found if low <= each.area_id <= high]


def organization(one: Any) -> dict[str, Any]:
    """One organization."""
    return {
        "id": one.id,
        "code": one.code,
        "credit_code": one.credit_code or "",
        "name": one.name,
        "kind": one.get_kind_display(),
        "area": one.area.name,
        "parent": one.parent.name if one.parent else "",
        "parent_id": one.parent_id,
        "phone": one.phone,
        "active_from": one.active_from,
        "active_until": one.active_until,
        "version": one.version,
    }


def staff(people: Iterable[Any], organization_id: UUID) -> list[dict[str, Any]]:
    """Staff with the duties that run."""
    return [
        {
            "name": person.name,
            "sex": {"1": "男", "2": "女"}.get(person.sex, ""),
            "title": person.title,
            "duties": [
                {
                    "id": duty.id,
                    "role": roles.title(duty.role),
                    "elsewhere": duty.organization.name if duty.organization_id != organization_id else "",
                    "from_on": duty.from_on,
                    "until_on": duty.until_on,
                }
                for duty in person.running_duties
            ],
        }
        for person in people
    ]


def grids(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Grids with whom they are assigned to."""
    return [
        {
            "name": grid.name,
            "area": grid.area.name,
            "doctor": grid.responsible_doctor.name if grid.responsible_doctor else "未指定",
        }
        for grid in found
    ]


def accounts(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Accounts for a list."""
    return [
        {
            "id": account.id,
            "username": account.username,
            "name": account.practitioner.name if account.practitioner else "",
            "organization": account.practitioner.organization.name if account.practitioner else "",
            "active": account.active,
            "first_password": account.must_change_password,
            "last_login": account.last_login,
        }
        for account in found
    ]


_MANAGING = (
    "county_commission",
    "township_centre",
    "community_centre",
    "community_station",
    "village_clinic",
)


def organization_tree(found: Iterable[Any], chosen: UUID | None) -> list[dict[str, Any]]:
    """Organizations that manage records, as nested lines; open down to the chosen one."""
    kept = {each.id: each for each in found if each.kind in _MANAGING}
    children: dict[UUID | None, list[Any]] = {}
    for each in kept.values():
        children.setdefault(each.parent_id if each.parent_id in kept else None, []).append(each)

    def lines(parent: UUID | None, depth: int) -> list[dict[str, Any]]:
        made = []
        for each in children.get(parent, []):
            below = lines(each.id, depth + 1)
            here = each.id == chosen
            made.append(
                {
                    "key": each.id,
                    "name": each.name,
                    "here": here,
                    "below": below,
                    "open": here or depth == 0 or any(line["open"] for line in below),
                }
            )
        return made

    return lines(None, 0)


def county_of(area_key: int) -> tuple[int, int]:
    """The range of the county an area lies in."""
    return division_codes.county_range(area_key)
