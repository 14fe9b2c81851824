"""Closing a year: its results written down with a digest once every round is final. Closing again adds a version."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Max

from gongwei.base import audit, clock, digests
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import annual, parameters, scoring
from gongwei.evaluation.annual import AnnualScore
from gongwei.evaluation.models import Round, YearClosing
from gongwei.places import policy
from gongwei.places.models import Organization, Practitioner


@transaction.atomic
def close(*, by: Actor, at: dt.datetime, county_key: int, year: int, note: str = "") -> YearClosing:
    """Write the results of a year down.

    Raises Refused: no round, one that is not final, a rule that does not fit, or nothing new since the last closing; Forbidden.
    """
    policy.require(by, policy.EVALUATION_APPROVE, area_key=county_key)
    rounds = list(Round.objects.filter(county_key=county_key, year=year).order_by("number"))
    if not rounds:
        raise Refused(f"{year}年还没有评价轮次。", code="no_round")
    if waiting := [each for each in rounds if each.state != Round.State.FINAL]:
        titles = "、".join(f"第{each.number}轮" for each in waiting)
        raise Refused(f"{titles}还没有定案，不能办理年度定案。", code="not_final")
    scores = [
        *annual.annual_scores(year, county_key).values(),
        *annual.doctor_scores(year, county_key).values(),
    ]
    if unclear := next((each.problem for each in scores if each.problem), ""):
        raise Refused(unclear, code="rule")
    results = _results(scores, dt.date(year, 12, 31))
    digest = hashlib.sha256(digests.canonical(results)).hexdigest()
    latest = latest_of(county_key, year)
    if latest is not None and latest.digest == digest:
        raise Refused("结果与上次定案相同，不需再办。", code="same")
    same = YearClosing.objects.filter(county_key=county_key, year=year)
    version = int(same.aggregate(Max("version"))["version__max"] or 0) + 1
    made = YearClosing.objects.create(
        county_key=county_key,
        year=year,
        version=version,
        results=results,
        digest=digest,
        note=note.strip()[:200],
        closed_at=at,
        closed_by=by.account_id,
    )
    audit.record(
        by=by,
        action="confirm",
        subject_kind="evaluation_year",
        subject_id=made.id,
        area_key=county_key,
        detail={"year": year, "version": version, "subjects": len(results)},
        at=at,
    )
    return made


def latest_of(county_key: int, year: int) -> YearClosing | None:
    """The latest closing of a year."""
    return YearClosing.objects.filter(county_key=county_key, year=year).order_by("-version").first()


def is_current(closing: YearClosing, on: dt.date | None = None) -> bool:
    """Whether the results are still what was written down: a decision withdrawn since makes another closing necessary."""
    day = on or clock.today()
    scores = [
        *annual.annual_scores(closing.year, closing.county_key, on=day).values(),
        *annual.doctor_scores(closing.year, closing.county_key, on=day).values(),
    ]
    results = _results(scores, dt.date(closing.year, 12, 31))
    return hashlib.sha256(digests.canonical(results)).hexdigest() == closing.digest


def _results(scores: list[AnnualScore], on: dt.date) -> list[dict[str, Any]]:
    bands = parameters.bands(on)
    names = dict(
        Organization.objects.filter(id__in={each.organization_id for each in scores}).values_list(
            "id", "name"
        )
    )
    people = dict(
        Practitioner.objects.filter(
            id__in={each.practitioner_id for each in scores if each.practitioner_id}
        ).values_list("id", "name")
    )
    rows = [
        {
            "organization": str(each.organization_id),
            "practitioner": None if each.practitioner_id is None else str(each.practitioner_id),
            "name": people.get(each.practitioner_id) or names.get(each.organization_id, ""),
            "level": each.level,
            "points": f"{each.points:f}",
            "exact": str(each.exact),
            "band": "一票否决" if each.veto else scoring.band(each.exact, bands),
            "rounds": [[each_round.number, f"{each_round.points:f}"] for each_round in each.rounds],
            "veto": None if each.veto is None else each.veto.document,
            "digest": each.digest,
        }
        for each in scores
    ]
    return sorted(rows, key=lambda each: (each["level"], each["organization"], each["practitioner"] or ""))
