"""Drawing samples of persons from the frozen run of a round, replacing who died or moved, and writing down what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max

from gongwei import catalogue
from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import parameters, sampling
from gongwei.evaluation.models import Round, Sample, SampleCheck, SampledPerson
from gongwei.measures import figures, run_files, run_persons
from gongwei.measures import queries as measures
from gongwei.measures.figures import Place
from gongwei.measures.models import Run
from gongwei.places import policy
from gongwei.places.models import Organization
from gongwei.quality.models import LIVE, Finding
from gongwei.residents.models import Resident

Result, Verdict = SampleCheck.Result, SampleCheck.Verdict
REASONS = {"dead": "死亡", "moved": "迁出"}
#: What can be measured again, without seeing what was recorded: code, title, unit.
MEASURED = {"systolic": "收缩压（mmHg）", "diastolic": "舒张压（mmHg）", "glucose": "血糖（mmol/L）"}
#: Results that let a record be judged at all.
_REACHED = (Result.CONFIRMED, Result.PARTLY, Result.DENIED)


@dataclass(frozen=True, slots=True)
class Population:
    """A list persons are drawn from: those a measure is about. code stands in seeds."""

    code: str
    title: str
    measure: str


def populations() -> dict[str, Population]:
    """The lists there are: those that programmes name at a measure (`Measure.sampled`). The measure's persons (counted or not, but
    not excluded) are the frame."""
    return {
        each.sampled.code: Population(each.sampled.code, each.sampled.title, each.code)
        for each in catalogue.measures()
        if each.sampled is not None
    }


def title_of(code: str) -> str:
    """What a list is called; its code where no programme names it any more."""
    found = populations().get(code)
    return code if found is None else found.title


def usual_sizes(on: dt.date) -> dict[str, int]:
    """How many of each list are drawn at an institution where nobody says otherwise."""
    return {code: parameters.sample_size(code, on) for code in populations()}


@transaction.atomic
def draw(
    *,
    by: Actor,
    at: dt.datetime,
    round_id: UUID,
    organization_id: UUID,
    sizes: Mapping[str, int] | None = None,
    risk_share: int | None = None,
) -> list[Sample]:
    """Draw the samples of an institution: each list by its own seed, some of it by risk; lists without anybody are left out.

    risk_share: per cent chosen by open findings; the parameter's where nothing is said.
    Raises Refused: the seed is not published, no run is chosen, drawn already, published; policy.Forbidden.
    """
    found = _round(by, round_id)
    organization = Organization.objects.filter(id=organization_id).first()
    if organization is None:
        raise Refused("没有这个机构。", code="gone")
    if found.seed_published_at is None:
        raise Refused("请先公布抽样种子，再抽样。", code="seed_unpublished")
    run = None if found.run_id is None else measures.run_of(found.run_id)
    if run is None:
        raise Refused("请先选定本轮评价所用的指标结果。", code="no_run")
    if found.samples.filter(organization=organization).exists():
        raise Refused("这个机构已经抽过样，抽样结果不能重来。", code="drawn")
    day = clock.day_of(at)
    share = parameters.number("sample_risk_share", day) if risk_share is None else risk_share
    wanted = dict(sizes) if sizes is not None else usual_sizes(day)
    known = populations()
    if set(wanted) - set(known) or any(each < 0 for each in wanted.values()) or not 0 <= share <= 100:
        raise Refused("抽样人数或比例不正确。", code="sizes")
    made = []
    for code, n in wanted.items():
        population = known[code]
        try:
            frame = _frame(by, run, found.period, organization, population) if n else {}
        except policy.Forbidden:
            raise
        except Refused as refused:
            raise Refused(
                f"{population.title}：{refused.message}",
                code=refused.code,
                hint=f"请选定含指标{population.measure}的存档结果，或把这一项的人数填0。",
            ) from None
        if frame:
            made.append(_draw(by, at, found, organization, code, n, share, frame))
    audit.record(
        by=by,
        action="create",
        subject_kind="evaluation_sample",
        subject_id=found.id,
        area_key=organization.area_id,
        detail={
            "organization": str(organization.id),
            "seed": found.seed,
            "lists": [each.population for each in made],
        },
        at=at,
    )
    return made


@transaction.atomic
def replace(*, by: Actor, at: dt.datetime, person_id: UUID, reason: str) -> SampledPerson:
    """Take the next of the frame for somebody who is dead or has moved away.

    Raises Refused: another reason, replaced already, nobody left; policy.Forbidden.
    """
    person = _person(by, person_id)
    if reason not in REASONS:
        raise Refused("只有死亡或迁出的可以替补。", field="reason", code="reason")
    if SampledPerson.objects.filter(replaces=person).exists():
        raise Refused("已经替补过。", code="replaced")
    sample = person.sample
    drawn = list(sample.people.values_list("key", flat=True))
    order = sampling.ordered(sample.seed, map(str, sample.frame))
    taken = [each for each in order if sampling.key(sample.seed, each) in drawn]
    while (following := sampling.replacement(sample.seed, map(str, sample.frame), taken)) is not None:
        area_key = Resident.objects.filter(id=following).values_list("area_id", flat=True).first()
        if area_key is not None:
            break
        taken.append(following)
    if following is None or area_key is None:
        raise Refused("抽样框里没有可以替补的人了。", code="nobody_left")
    last = sample.people.aggregate(Max("position"))["position__max"]
    made = SampledPerson.objects.create(
        sample=sample,
        position=int(last) + 1,
        resident_id=UUID(following),
        area_key=area_key,
        key=sampling.key(sample.seed, following),
        how=sampling.REPLACEMENT,
        replaces=person,
        reason=reason,
    )
    _audit(by, at, made, "update", {"replaces": str(person.id), "reason": reason})
    return made


@transaction.atomic
def check(
    *,
    by: Actor,
    at: dt.datetime,
    person_id: UUID,
    contact: str,
    result: str,
    verdict: str = "",
    measured: Mapping[str, str] | None = None,
    note: str = "",
) -> SampleCheck:
    """Write down what was found about a person drawn; a later check is a new version.

    Raises Refused: a verdict about somebody nobody reached (unless the papers alone were looked at), none about somebody who
    was, an untrue record without a note; policy.Forbidden.
    """
    person = _person(by, person_id)
    return _check(by, at, person, contact, result, verdict, dict(measured or {}), note)


def after_appeal(
    *, by: Actor, at: dt.datetime, person_id: UUID, verdict: str, answer: str, appeal: UUID
) -> SampleCheck:
    """The result an appeal that was granted gives. Called by `appeals.decide` in its transaction, which asked the policy."""
    person = SampledPerson.objects.select_related("sample").get(id=person_id)
    last = person.checks.order_by("version").last()
    if last is None:
        raise Refused("这个抽查对象还没有核查结果。", code="unchecked")
    if verdict not in Verdict.values or verdict == last.verdict:
        raise Refused("请选择改后的判定。", field="verdict", code="verdict")
    return SampleCheck.objects.create(
        person=person,
        version=last.version + 1,
        contact=last.contact,
        result=last.result,
        verdict=verdict,
        measured=last.measured,
        note=answer[:400],
        appeal_id=appeal,
        at=at,
        by=by.account_id,
    )


def is_reproducible(sample: Sample) -> bool:
    """Whether drawing again from the kept frame and seed gives the same persons (replacements apart)."""
    frame = [str(each) for each in sample.frame]
    if sampling.digest(frame) != sample.frame_digest:
        return False
    again = sampling.draw(sample.seed, frame, sample.wanted, by_risk=sample.by_risk, risks=sample.risks)
    kept = sample.people.filter(replaces=None).order_by("position").values_list("key", "how")
    return [(each.key, each.how) for each in again] == list(kept)


def _frame(
    by: Actor, run: Run, period: str, organization: Organization, population: Population
) -> dict[str, int]:
    """The residents a measure is about at an institution, with the village each was counted in, from the run's files."""
    from gongwei.measures import run_subjects  # DuckDB: only who draws wants it

    measure = run_persons.measure_of(population.measure)
    programme = run_persons.programme_of(measure)
    path = run_files.opened(run.id, run.files, period, programme)
    place = Place(figures.ORGANIZATION, str(organization.id), organization.name, figures.ORGANIZATION)
    eligible = " or ".join(f"({run_persons.condition(measure, side)})" for side in (figures.IN, figures.OUT))
    file = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
    where = f"({eligible}) and {run_persons.inside(run, place)} and ({run_persons.reached(by)})"
    rows = run_subjects.rows(run_subjects.reader(), f"select subject_id, area_key from {file} where {where}")
    return {str(run_subjects.as_id(each["subject_id"])): each["area_key"] for each in rows}


def _draw(
    by: Actor,
    at: dt.datetime,
    round_: Round,
    organization: Organization,
    code: str,
    n: int,
    share: int,
    frame: Mapping[str, int],
) -> Sample:
    # Who left the county since the cut cannot be looked at; their files are not there to be drawn.
    areas = {
        str(key): area
        for key, area in Resident.objects.filter(id__in=list(frame)).values_list("id", "area_id")
    }
    risks = {
        str(each["resident"]): each["n"]
        for each in Finding.objects.filter(state__in=LIVE, resident__in=list(areas))
        .values("resident")
        .annotate(n=Count("id"))
        .order_by()
    }
    seed = sampling.seed(round_.seed, organization.code, code)
    by_risk = sampling.risk_part(n, Decimal(share))
    sample = Sample.objects.create(
        round=round_,
        organization=organization,
        area_key=organization.area_id,
        population=code,
        seed=seed,
        run_id=round_.run_id,
        frame=sorted(UUID(each) for each in areas),
        frame_digest=sampling.digest(areas),
        wanted=n,
        by_risk=by_risk,
        risks=risks,
        drawn_at=at,
        drawn_by=by.account_id,
    )
    SampledPerson.objects.bulk_create(
        SampledPerson(
            sample=sample,
            position=each.position,
            resident_id=UUID(each.id),
            area_key=areas[each.id],
            key=each.key,
            how=each.how,
        )
        for each in sampling.draw(seed, areas, n, by_risk=by_risk, risks=risks)
    )
    return sample


def _check(
    by: Actor,
    at: dt.datetime,
    person: SampledPerson,
    contact: str,
    result: str,
    verdict: str,
    measured: dict[str, str],
    note: str,
) -> SampleCheck:
    if contact not in SampleCheck.Contact.values:
        raise Refused("请选择核查途径。", field="contact", code="contact")
    if result not in Result.values:
        raise Refused("请选择核查结果。", field="result", code="result")
    if verdict and verdict not in Verdict.values:
        raise Refused("请选择判定。", field="verdict", code="verdict")
    told = result in _REACHED or contact == SampleCheck.Contact.SITE
    if bool(verdict) != told:
        words = "请选择判定。" if told else "没有联系到本人的，不能判定记录是否真实。"
        raise Refused(words, field="verdict", code="verdict")
    if verdict == Verdict.UNTRUE and not note.strip():
        raise Refused("判为不真实的，请写明依据。", field="note", code="required")
    last = person.checks.aggregate(Max("version"))["version__max"]
    made = SampleCheck.objects.create(
        person=person,
        version=int(last or 0) + 1,
        contact=contact,
        result=result,
        verdict=verdict,
        measured={name: _number(name, value) for name, value in measured.items() if str(value).strip()},
        note=note.strip()[:400],
        at=at,
        by=by.account_id,
    )
    _audit(by, at, person, "update", {"result": result, "verdict": verdict})
    return made


def _number(name: str, value: Any) -> str:
    if name not in MEASURED:
        raise Refused("没有这个复测项目。", code="measured")
    try:
        number = Decimal(str(value).strip())
    except ArithmeticError:
        raise Refused(f"{MEASURED[name]}应为数字。", field=name, code="measured") from None
    if not number.is_finite() or not 0 < number < 400:
        raise Refused(f"{MEASURED[name]}超出范围。", field=name, code="measured")
    return f"{number:f}"


def _round(by: Actor, round_id: UUID) -> Round:
    found = Round.objects.select_for_update().filter(id=round_id).first()
    if found is None:
        raise Refused("没有这个评价轮次。", code="gone")
    policy.require(by, policy.EVALUATION_EDIT, area_key=found.county_key)
    if found.state in (Round.State.PUBLISHED, Round.State.FINAL):
        raise Refused("结果已经公示，不能再改。", code="published")
    return found


def _person(by: Actor, person_id: UUID) -> SampledPerson:
    person = SampledPerson.objects.select_related("sample").filter(id=person_id).first()
    if person is None:
        raise Refused("没有这个抽查对象。", code="gone")
    _round(by, person.sample.round_id)
    return person


def _audit(by: Actor, at: dt.datetime, person: SampledPerson, action: str, detail: dict[str, Any]) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="sampled_person",
        subject_id=person.id,
        area_key=person.area_key,
        detail=detail,
        at=at,
    )
