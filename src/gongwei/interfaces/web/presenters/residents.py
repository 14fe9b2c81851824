"""Residents as plain words: a line of the list, a hit of the search, the head of a file."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from gongwei.residents import codes, profile, states
from gongwei.residents.queries import masked

TAG_LOOKS = {
    "KP01": "child",
    "KP02": "mother",
    "KP03": "old",
    "KP04": "pressure",
    "KP05": "sugar",
    "KP06": "mind",
    "KP07": "lung",
    "KP08": "lung",
    "KP09": "care",
    "KP10": "care",
    "KP13": "care",
    "KP14": "care",
    "KP19": "pressure",
    "KP20": "pressure",
    "KP21": "old",
}


def tags(found: Iterable[Any]) -> list[dict[str, str]]:
    """Coloured tags; the ordinary population needs none."""
    return [{"title": tag.title, "look": TAG_LOOKS.get(tag.code, "")} for tag in found if tag.code != "KP99"]


def line(resident: Any, *, on: dt.date, found: Sequence[Any] = ()) -> dict[str, Any]:
    """One resident for a list, numbers masked."""
    shown = masked(resident, on=on, found=found)
    return {
        "id": shown.id,
        "name": shown.name,
        "sex": shown.sex.removesuffix("性"),
        "birth_date": shown.birth_date,
        "age": age_words(resident.birth_date, resident.death_on or on),
        "id_type": shown.id_type,
        "id_number": shown.id_number,
        "phone": shown.phone,
        "record_no": shown.record_no,
        "area": resident.area.name,
        "address": shown.address,
        "status": shown.status,
        "status_title": shown.status_title,
        "organization": resident.managing_organization.name,
        "doctor": resident.responsible_doctor.name if resident.responsible_doctor_id else "",
        "filed_on": shown.filed_on,
        "tags": tags(found),
    }


def age_words(born: dt.date, on: dt.date) -> str:
    """Completed years; months below three years, days below one month."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 36:
        return f"{months // 12}岁"
    return f"{months}月龄" if months >= 1 else f"{max((on - born).days, 0)}天"


def hit(one: Any, *, on: dt.date) -> dict[str, Any]:
    """One hit of the search box."""
    resident = one.resident
    shown = masked(resident, on=on)
    return {
        "id": shown.id,
        "name": shown.name,
        "sex": shown.sex.removesuffix("性"),
        "age": age_words(resident.birth_date, resident.death_on or on),
        "birth_date": shown.birth_date,
        "area": resident.area.name,
        "id_number": shown.id_number,
        "status": shown.status,
        "status_title": "" if shown.status == states.ACTIVE else shown.status_title,
        "why": one.why,
    }


def candidate(one: Any) -> dict[str, Any]:
    """Somebody on file who may be the same person."""
    return {
        "id": one.resident_key,
        "name": one.name,
        "organization": one.organization,
        "level": one.level,
        "level_title": one.level_title,
        "reasons": "、".join(one.reasons),
        "visible": one.visible,
        "status_title": one.status_title,
        "birth_date": one.resident.birth_date if one.resident else None,
        "area": one.resident.area.name if one.resident else "",
    }


def head(resident: Any, *, on: dt.date, found: Sequence[Any]) -> dict[str, Any]:
    """The head of a file."""
    shown = line(resident, on=on, found=found)
    reason = codes.name("cancel_reason", resident.cancel_reason) if resident.cancel_reason else ""
    return {
        **shown,
        "area_key": resident.area_id,
        "version": resident.version,
        "status_since": resident.status_since,
        "cancel_reason": reason,
        "cancel_note": resident.cancel_note,
        "death_on": resident.death_on,
        "merged_into": resident.merged_into_id,
        "household_id": resident.household_id,
        "full_area": resident.area.name,
        "deceased": resident.death_on is not None,
    }


def facts(resident: Any, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Items 1–11 of 个人基本信息表 and the cover, numbers masked, in the order of the paper form."""
    shown = masked(resident, on=resident.birth_date)
    return [
        ("档案编号", shown.record_no or "未建档"),
        ("姓名", shown.name),
        ("性别", shown.sex),
        ("出生日期", f"{shown.birth_date}{'（估计）' if resident.birth_date_estimated else ''}"),
        ("证件类别", shown.id_type),
        ("证件号码", shown.id_number or f"无（{resident.no_id_reason or '未说明原因'}）"),
        ("工作单位", resident.employer),
        ("本人电话", shown.phone),
        ("联系人姓名", resident.contact_name),
        ("联系人关系", resident.contact_relation),
        ("常住类型", codes.name("residence_type", resident.residence_type)),
        ("居住起始日期", str(resident.resident_since or "")),
        ("现住村（居）", names.get("area", resident.area.name)),
        ("现住址", resident.address),
        ("户籍区划", resident.hukou_area_code),
        ("户籍地址", resident.hukou_address),
        ("网格", resident.grid.name if resident.grid_id else ""),
        ("管理机构", resident.managing_organization.name),
        ("责任医生", resident.responsible_doctor.name if resident.responsible_doctor_id else ""),
        ("建档日期", str(resident.filed_on or "")),
        ("建档单位", names.get("filed_organization", "")),
        ("建档人", names.get("filed_by", "")),
        ("曾用档案编号", "、".join(resident.record_no_aliases)),
    ]


def members(residents: Iterable[Any], *, on: dt.date) -> list[dict[str, Any]]:
    """The other members of a household."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "sex": codes.name("sex", one.sex).removesuffix("性"),
            "age": age_words(one.birth_date, one.death_on or on),
            "relation": codes.name("relation_to_head", one.relation_to_head) if one.relation_to_head else "",
            "status": one.status,
            "status_title": states.STATES[one.status].title,
        }
        for one in residents
    ]


def conflict(one: Any) -> dict[str, Any]:
    """One item two people changed differently: what stood before, what stands, what came later."""
    return {
        "id": one.id,
        "field": one.field,
        "label": one.label,
        "base": one.base or "（空）",
        "theirs": one.theirs or "（空）",
        "mine": one.mine or "（空）",
        "at": one.at,
    }


def labels(names: Iterable[str]) -> str:
    """Labels of profile items, for a message."""
    return "、".join(profile.label(name) for name in names if name in profile.ITEMS)


def by_id(rows: Iterable[Any]) -> dict[UUID, Any]:
    """Rows by their id."""
    return {row.id: row for row in rows}


def transfer(one: Any, mover: Any) -> dict[str, Any]:
    """A transfer that waits for an answer; the person is told only by a masked name until it is confirmed."""
    return {
        "id": one.id,
        "name": mover.name if mover else "",
        "sex": mover.sex if mover else "",
        "birth_date": mover.birth_date if mover else None,
        "resident_id": mover.resident_id if mover else None,
        "side": one.get_asked_by_side_display(),
        "from_organization": one.from_organization.name,
        "to_organization": one.to_organization.name,
        "from_area": one.from_area.name,
        "to_area": one.to_area.name,
        "to_address": one.to_address,
        "moved_on": one.moved_on,
        "reason": one.reason,
        "expires_on": one.expires_on,
        "requested_at": one.requested_at,
    }


def conflict_line(resident: Any, *, on: dt.date) -> dict[str, Any]:
    """A file with open conflicts, for a list."""
    return {
        "id": resident.id,
        "name": resident.name,
        "age": age_words(resident.birth_date, on),
        "area": resident.area.name,
        "doctor": resident.responsible_doctor.name if resident.responsible_doctor_id else "未指定",
    }
