"""Problems that open by themselves: an item scored under a dated part of its full points becomes one when the results are published.

A proposal only: it stands as 已发现, and an evaluator notifies the institution of it or closes it; nothing is taken off by it.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.evaluation import issues, parameters, schemes, scoring, sheets, trees
from gongwei.evaluation.models import Issue, IssueStep, Round, Score

Severity, Source = Issue.Severity, Issue.Source
#: What the first step of such a problem says.
SAID = "得分低于标准，自动列入；请核实后通知机构，或写明理由后销号"
#: Of these no points say that something is wrong: a bonus not earned, what only a decision makes.
_NONE = (trees.VETO, trees.BONUS)


def of_round(*, by: Actor, at: dt.datetime, round_: Round) -> list[Issue]:
    """Register a problem for every item of a round scored under the threshold, where none stands of it in this round already.

    In the transaction of `rounds.publish`, by whoever publishes. Doctors' sheets open none: their institution's do.
    """
    day = clock.day_of(at)
    below, major = (
        Fraction(parameters.number(name, day), 100) for name in ("issue_below", "issue_below_major")
    )
    known = set(Issue.objects.filter(round=round_).values_list("organization_id", "item"))
    rows = list(round_.sheets.filter(practitioner=None).order_by("seat_key", "name"))
    standing = sheets.standing_of(rows)
    trees_of = {each.level: schemes.tree_of(each.scheme) for each in round_.schemes.select_related("scheme")}
    since = issues.repeats_since(day)
    former = {
        (each.organization_id, each.item): each
        for each in Issue.objects.filter(
            organization__in={each.organization_id for each in rows}, found_on__gte=since, item__gt=""
        ).order_by("found_on", "id")
    }
    days = {severity: dt.timedelta(days=issues.days_for(severity, day)) for severity in Severity}
    made, steps = [], []
    for sheet in rows:
        for item in trees_of[sheet.level].items():
            key, score = (sheet.organization_id, item.code), standing[sheet.id].get(item.code)
            if score is None or item.method in _NONE or not item.points or score.state != scoring.SCORED:
                continue
            part = Fraction(score.exact) / Fraction(item.points)
            if part >= below or key in known:
                continue
            again = former.get(key)
            grave = Severity.MAJOR if part < major else Severity.MINOR
            severity = Severity(min(grave + (again is not None), Severity.SEVERE))
            one = Issue(
                organization_id=sheet.organization_id, seat_key=sheet.seat_key, round=round_, year=round_.year,
                source=Source.ASSESSMENT, source_id=sheet.id, item=item.code[:40], severity=severity,
                description=_said(item, score), found_on=day, due_on=day + days[severity], repeat_of=again,
                state=Issue.State.FOUND, made_at=at, made_by=None,
            )  # fmt: skip
            made.append(one)
            said = SAID if again is None else f"{SAID}；{issues.AGAIN}"
            steps.append(IssueStep(issue=one, state=one.state, note=said, at=at, by=by.account_id))
    Issue.objects.bulk_create(made, batch_size=500)
    IssueStep.objects.bulk_create(steps, batch_size=500)
    if made:
        audit.record(
            by=by,
            action="create",
            subject_kind="evaluation_issue",
            subject_id=round_.id,
            area_key=round_.scope_key,
            detail={"round": str(round_.id), "count": len(made)},
            at=at,
        )
    return made


def _said(item: trees.Item, score: Score) -> str:
    reason = f"：{score.reason}" if score.reason else ""
    return f"“{item.title}”得{score.points.normalize():f}分（满分{item.points.normalize():f}分）{reason}"[
        :400
    ]
