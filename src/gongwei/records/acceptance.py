"""What must hold before anything is written: a resident who is here, a possible day, readable answers, once only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gongwei.base import clock, prepared
from gongwei.base.problems import Refused, Several
from gongwei.records import answers as answering
from gongwei.records import definitions, judgement
from gongwei.records.models import Encounter, Mode, Response
from gongwei.residents import states
from gongwei.residents.models import Resident

#: Filled while the record itself is being filed, so also before a review has made it active.
FILING_FORMS = {"basic_information"}
#: What the way of contact is called on the follow-up forms (code_tables.md §4).
MODE_CODES = {Mode.OUTPATIENT: "1", Mode.HOME: "2", Mode.PHONE: "3", Mode.ONLINE: "4"}


_locked = prepared.Query(lambda id: Resident.objects.select_for_update(no_key=True).filter(pk=id), id=UUID)


def locked_resident(resident_id: UUID) -> Resident:
    """The resident, locked until the transaction ends, if in the actor's reach.

    Raises:
        Refused: not found here (the same words whether it exists elsewhere or not), or merged into another.
    """
    found = _locked.first(id=resident_id)
    if found is None:
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    require_alive(found)
    return found


def require_alive(resident: Resident) -> None:
    """Refuse to write to a file that was merged into another."""
    if resident.status == states.MERGED:
        raise Refused(
            "该档案已合并到另一份档案，请在保留的档案上办理",
            code="resident_merged",
            details={"merged_into": str(resident.merged_into_id)},
        )


def locked_response(response_id: UUID) -> tuple[Response, Resident]:
    """A response and its resident, both locked; the resident first, as everywhere.

    Raises:
        Refused: not found here.
    """
    resident_id = Response.objects.filter(pk=response_id).values_list("resident_id", flat=True).first()
    if resident_id is None:
        raise Refused("未找到这份记录，或不在您的服务范围内", code="response_not_found")
    resident = locked_resident(resident_id)
    return Response.objects.select_for_update().get(pk=response_id), resident


def require_final(response: Response) -> None:
    """Refuse to touch a response that somebody corrected or withdrew first."""
    if response.status == Response.Status.SUPERSEDED:
        later = Response.objects.filter(supersedes=response).first()
        raise Refused(
            "这份记录已被更正，您的修改未保存。请在最新的一份上更正",
            code="already_superseded",
            hint="刷新页面可看到最新内容；您填写的内容仍在本页，可对照后重新提交。",
            details={"superseded_by": str(later.pk) if later else None},
        )
    if response.status == Response.Status.ENTERED_IN_ERROR:
        raise Refused("这份记录已作废，不能再更正", code="already_in_error")


def day_problems(resident: Resident, done_on: dt.date, at: dt.datetime) -> list[Refused]:
    """Why no service can have been done on that day."""
    if not isinstance(done_on, dt.date) or isinstance(done_on, dt.datetime):
        return [Refused("服务日期应为日期，如 2025-03-10", field="done_on", code="date")]
    if done_on > clock.day_of(at):
        return [Refused("服务日期不能晚于今天", field="done_on", code="future")]
    if done_on < resident.birth_date:
        return [Refused("服务日期不能早于出生日期", field="done_on", code="before_birth")]
    if resident.death_on is not None and done_on > resident.death_on:
        return [Refused("服务日期晚于该居民的死亡日期，不能登记", field="done_on", code="after_death")]
    return []


def state_problems(resident: Resident, done_on: dt.date, form_codes: set[str]) -> list[Refused]:
    """Why a record in this state takes no such form; a service before the record ended may still be entered."""
    if resident.status == states.CANCELLED and done_on <= resident.status_since:
        return []
    if resident.status in (states.DRAFT, states.PENDING, states.RETURNED) and form_codes <= FILING_FORMS:
        return []
    try:
        states.after(resident.status, states.SERVE)
    except states.NotAllowed as refusal:
        return [Refused(str(refusal), code="resident_state")]
    return []


def read_form(
    form: Any, given: Mapping[str, Any], *, done_on: dt.date, mode: str
) -> tuple[definitions.Definition, dict[str, Any], list[Refused]]:
    """A form's answers as values, with its own day and way of contact taken from the encounter when left out.

    Raises:
        Refused: no such form.
    """
    definition = definitions.of(form)
    values, problems = answering.read(definition.form, given)
    if values.get("done_on", done_on) != done_on:
        problems.append(Refused("表上的日期与服务日期不同", field="done_on", code="other_day"))
    asked = definition.form.fields.get("mode")
    code = MODE_CODES.get(Mode(mode)) if mode in Mode.values else None
    if asked is not None and code in getattr(asked, "options", asked).by_code:
        values.setdefault("mode", code)
    for problem in problems:
        problem.details["form"] = definition.form.code
    return definition, values, problems


def already_there(
    encounter_id: UUID | None, device_id: str | None, op_seq: int | None, digest: bytes
) -> Encounter | None:
    """The encounter kept under this id or device number, when the same thing is sent again.

    Raises:
        Refused: the id or number stands for another service.
    """
    if (device_id is None) != (op_seq is None):
        raise Refused("设备标识和设备序号须同时提供", code="device")
    found = Encounter.objects.filter(pk=encounter_id).first() if encounter_id else None
    if found is None and device_id is not None:
        found = Encounter.objects.filter(device_id=device_id, op_seq=op_seq).first()
    if found is None:
        return None
    if bytes(found.digest) != digest:
        raise Refused(
            "该编号已用于另一份服务记录，未予保存",
            code="id_reused",
            hint="请刷新页面后重新填写提交。",
        )
    return found


def refuse(judged: Sequence[judgement.Judged]) -> None:
    """Raise Several if anything forbids keeping these responses."""
    problems = [
        Refused(
            problem.message,
            field=problem.within or problem.field,
            code=problem.rule,
            details={"form": one.definition.form.code, "row": problem.row},
        )
        for one in judged
        for problem in one.refusals
    ]
    if problems:
        raise Several(problems)


def required_reason(reason: str, what: str) -> str:
    """A reason with words in it. Raises Refused."""
    if not reason or not reason.strip():
        raise Refused(f"请填写{what}原因", field="reason", code="reason")
    return reason.strip()
