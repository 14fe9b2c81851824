"""May a person be filed as typed? The rules of filing, asked of one profile or of each of very many (records.md §2–§5)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.places.models import Area, Grid, Organization, Practitioner
from gongwei.residents import identity, matching, parameters, profile, queries, states
from gongwei.residents.operations import writing


@dataclass
class Judged:
    """A profile that may be filed: its village and who manages it, clean values, what is doubtful, from when, as what."""

    area: Area
    managing: Organization
    clean: dict[str, Any]
    warnings: list[str]
    day: dt.date
    status: str


class Ground:
    """What filing asks of places. A batch remembers the answers (`registering_many`)."""

    def area(self, key: int) -> Area | None:
        """The area of a division code."""
        return Area.objects.select_related("parent").filter(key=key).first()

    def serving(self, area_key: int, today: dt.date) -> Sequence[Organization]:
        """The organizations that serve a village, the nearest first."""
        return list(places.organizations_serving(area_key, today))

    def has_grid(self, area_key: int, grid_id: UUID) -> bool:
        """Whether a grid lies in a village."""
        return Grid.objects.filter(id=grid_id, area=area_key).exists()

    def works(self, practitioner_id: UUID, today: dt.date) -> bool:
        """Whether a practitioner is known and has not left."""
        return Practitioner.objects.filter(id=practitioner_id).exclude(active_until__lte=today).exists()


def judge(
    *,
    by: Actor,
    at: dt.datetime,
    typed: Mapping[str, Any],
    filed_on: object,
    organization_id: UUID | None,
    not_same_as: frozenset[UUID],
    save_as: str,
    ground: Ground,
    alike: Callable[[Mapping[str, Any]], list[queries.Candidate]],
    read_before: tuple[dict[str, Any], list[Refused]] | None = None,
) -> Judged:
    """Read and check a profile, all but its numbers; `alike` gives who on file may be the person.

    read_before: what `profile.read` gave of it. Raises as `register_resident`.
    """
    today = clock.day_of(at)
    policy.require(by, policy.RESIDENT_REGISTER)
    if save_as not in {states.DRAFT, states.PENDING, states.ACTIVE}:
        raise Refused("保存方式不正确。", code="save_as")
    read, problems = read_before or profile.read(typed, on=today)
    if problems:
        raise problems[0] if len(problems) == 1 else Several(problems)
    area = _village(read.get("area"), today, ground)
    policy.require(by, policy.RESIDENT_REGISTER, area_key=area.key)
    _without_document(read, today)
    clean, warnings = profile.check(read, on=today)
    day = _filing_day(filed_on, clean, at, warnings)
    refuse_alike(alike(clean), not_same_as, today)
    if not clean.get("id_number") and clean["id_type"] == identity.RESIDENT_CARD:
        clean["id_type"] = identity.OTHER
    if save_as == states.ACTIVE and parameters.value("review_required", today):
        save_as = states.PENDING
    managing = managing_organization(by, area.key, organization_id, today, ground)
    check_keys(area.key, clean.get("grid"), clean.get("responsible_doctor"), today, ground)
    return Judged(area, managing, clean, warnings, day, save_as)


def _village(key: int | None, today: dt.date, ground: Ground) -> Area:
    if key is None:
        raise Refused("现住村（居）不能为空。", field="area", code="required")
    area = ground.area(key)
    if area is None or area.level != "village":
        raise Refused("没有这个村（居）委会。", field="area", code="no_such_area")
    if area.valid_until and area.valid_until <= today:
        raise Refused(
            f"{area.name}已于{area.valid_until}停用，请选择现用的村（居）。", field="area", code="ended_area"
        )
    return area


def _without_document(read: dict[str, Any], today: dt.date) -> None:
    """A new-born without a number needs no reason typed: that it is new-born is the reason (records.md §3)."""
    birth = read.get("birth_date")
    if (
        not read.get("id_number")
        and not read.get("no_id_reason")
        and birth
        and identity.age_on(birth, today) < 1
    ):
        read["no_id_reason"] = "新生儿，尚未办理证件"


def _filing_day(filed_on: object, clean: dict[str, Any], at: dt.datetime, warnings: list[str]) -> dt.date:
    if filed_on in (None, ""):
        return clock.day_of(at)
    day = writing.day_not_future(filed_on, "建档日期", at, "filed_on")
    if day < clean["birth_date"]:
        raise Refused("建档日期早于出生日期。", field="filed_on", code="before_birth")
    if day < parameters.value("programme_start", day):
        warnings.append("建档日期早于2009年，项目当时尚未开始，请核对。")
    return day


def refuse_alike(found: Sequence[queries.Candidate], not_same_as: frozenset[UUID], today: dt.date) -> None:
    """Refuse when somebody found is, or probably is, the person and nobody said otherwise (records.md §5)."""
    if not found:
        return
    blocking = parameters.value("duplicate_block_levels", today)
    asking = parameters.value("duplicate_acknowledge_levels", today)
    living = [
        one
        for one in found
        if one.level in blocking and one.status_title != states.STATES[states.CANCELLED].title
    ]
    ended = [one for one in found if one.level in blocking and one not in living]
    if living:
        first = living[0]
        if first.level == matching.CONFLICT:
            message = f"该证件号码已由“{first.name}”使用（{first.organization}），姓名不同，可能录错了号码，请核对原件。"
        else:
            message = f"该证件号码已有档案：{first.name}，管理机构{first.organization}。"
        hint = "请打开已有档案。" if first.visible else "该档案由其他机构管理，请提出迁入申请。"
        raise Refused(message, field="id_number", code="duplicate", hint=hint, details={"candidates": living})
    if ended and ended[0].visible and ended[0].resident_key not in not_same_as:
        raise Refused(
            f"该证件号码有一份已注销的档案：{ended[0].name}。",
            field="id_number",
            code="duplicate_ended",
            hint="如为同一人，请恢复原档案，不要另建。",
            details={"candidates": ended},
        )
    doubtful = [
        one for one in found if one.level in asking and one.resident_key not in not_same_as and one.visible
    ]
    doubtful += [one for one in found if one.level == matching.STRONG and not one.visible and not not_same_as]
    if doubtful:
        raise Refused(
            f"可能已有档案：{doubtful[0].name}（{'、'.join(doubtful[0].reasons)}）。",
            code="confirm_duplicates",
            hint="请逐一核对；确认不是同一人后再保存。",
            details={"candidates": doubtful},
        )


def managing_organization(
    by: Actor, area_key: int, wanted: UUID | None, today: dt.date, ground: Ground
) -> Organization:
    """Return the organization that manages a file in a village: the one asked for, else the nearest; among equals one's own.

    The same whoever files, at a desk or from a file (records.md §1 责任单位, docs/decisions/0026). Raises Refused.
    """
    serving = ground.serving(area_key, today)
    if wanted is not None:
        chosen = next((one for one in serving if one.id == wanted), None)
        if chosen is None:
            raise Refused("所选机构不服务该村（居）。", field="organization_id", code="not_serving")
        return chosen
    if not serving:
        raise Refused("该村（居）尚无服务机构，请先设置服务区域。", field="area", code="no_organization")
    nearest = [one for one in serving if one.served_key == serving[0].served_key]  # type: ignore[attr-defined]
    return next((one for one in nearest if one.id == by.organization_id), nearest[0])


def check_keys(
    area_key: int, grid_id: UUID | None, doctor_id: UUID | None, today: dt.date, ground: Ground
) -> None:
    """Refuse a grid of another village and a doctor who does not exist."""
    if grid_id and not ground.has_grid(area_key, grid_id):
        raise Refused("所选网格不在该村（居）。", field="grid", code="grid")
    if doctor_id and not ground.works(doctor_id, today):
        raise Refused("责任医生不存在或已离职。", field="responsible_doctor", code="doctor")
