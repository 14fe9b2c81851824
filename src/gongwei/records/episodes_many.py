"""Managed diseases by the thousand, as an old system kept them: what `start_episode` (and `end_episode`) does, for many rows.

The same checks in the same words, the same steps, tags and audit lines; tests/integration/records holds the two equal.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from gongwei.base import audit_many, clock, copy_text, ids, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.sets import any_of
from gongwei.places import policy
from gongwei.records import acceptance, definitions, episode_steps
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import states, tags
from gongwei.residents.models import Resident

State = Episode.State
OPEN = (State.SUSPECTED.value, State.VERIFIED.value, State.ACTIVE.value)


@dataclass(frozen=True)
class Starting:
    """An episode as an old system says it: begun, and perhaps ended again. `end_reason` is a code of its kind."""

    resident_id: UUID
    kind: str
    started_on: dt.date
    state: str = State.ACTIVE
    diagnosed_on: dt.date | None = None
    found_by: str = ""
    organization_id: UUID | None = None
    ended_on: dt.date | None = None
    end_reason: str = ""
    reason: str = ""


@dataclass
class StartVerdict:
    """What became of a row: refused, there already, or the episode that was made (or taken under management)."""

    episode_id: UUID | None = None
    existing: bool = False
    refused: Refused | None = None


def start_many(*, by: Actor, at: dt.datetime, rows: Sequence[Starting]) -> list[StartVerdict]:
    """Start episodes; one of the same kind and first day that is there already is `existing`, or refused where it differs.

    Somebody who is suspected or verified by then is taken under management (`enrol_episode`).
    """
    with transaction.atomic():
        return _Batch(by, at).start(rows)


class _Batch:
    def __init__(self, by: Actor, at: dt.datetime) -> None:
        self.by, self.at = by, at
        self.new: list[Episode] = []
        self.steps: list[Step] = []

    def start(self, rows: Sequence[Starting]) -> list[StartVerdict]:
        wanted = {row.resident_id for row in rows}
        people = {
            each.pk: each
            for each in Resident.objects.select_for_update(no_key=True)
            .filter(any_of("id", wanted))
            .order_by("pk")
        }
        self.there: dict[tuple[UUID, str], list[Episode]] = defaultdict(list)
        for each in Episode.objects.filter(any_of("resident_id", wanted)).order_by("started_on", "pk"):
            self.there[each.resident_id, each.kind].append(each)
        verdicts = []
        for row in rows:
            verdict = StartVerdict()
            try:
                self._one(row, people.get(row.resident_id), verdict)
            except Refused as refused:
                verdict.refused = refused
            verdicts.append(verdict)
        with scope.as_owner(
            "COPY does not pass row-level security; each resident is looked for within the actor's reach"
        ):
            self._write(people)
        return verdicts

    def _one(self, row: Starting, resident: Resident | None, verdict: StartVerdict) -> None:
        if resident is None:
            raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
        if resident.status == states.MERGED:
            raise Refused("该档案已合并到另一份档案，请在保留的档案上办理", code="resident_merged")
        policy.require(self.by, policy.RECORD_WRITE, area_key=resident.area_id)
        definition = definitions.episode(row.kind)
        for problem in acceptance.day_problems(resident, row.started_on, self.at):
            raise problem
        today = clock.day_of(self.at)
        if row.state not in OPEN:
            raise Refused("请选择疑似、已核实或管理中", field="state", code="state")
        if row.diagnosed_on is not None and not resident.birth_date <= row.diagnosed_on <= today:
            raise Refused("确诊日期应在出生之后、今天之前", field="diagnosed_on", code="date")
        if row.ended_on is not None and not row.started_on <= row.ended_on <= today:
            raise Refused("结束日期应在纳入管理之后、今天之前", field="ended_on", code="date")
        known = self._known(row, verdict, definition.title)
        if known is not None:
            verdict.episode_id = known.pk
            return
        if resident.status == states.CANCELLED and row.ended_on is None:
            raise Refused("该居民档案已注销，不能纳入管理", code="resident_state")
        episode = Episode(
            pk=ids.uuid7(),
            resident=resident,
            area_key=resident.area_id,
            kind=row.kind,
            state=row.state,
            started_on=row.started_on,
            found_by=row.found_by,
            diagnosed_on=row.diagnosed_on,
            organization_id=row.organization_id or resident.managing_organization_id,
        )
        self.new.append(episode)
        self.there[resident.pk, row.kind].append(episode)
        self.steps.append((episode, "", row.state, row.started_on, row.reason, "start"))
        if row.ended_on is not None:
            episode.state, episode.version = State.ENDED, 2
            episode.ended_on, episode.end_reason = row.ended_on, row.end_reason
            self.steps.append((episode, row.state, State.ENDED, row.ended_on, row.reason, "end"))
        verdict.episode_id = episode.pk

    def _known(self, row: Starting, verdict: StartVerdict, title: str) -> Episode | None:
        """The episode the row is about where there is one: the same, one to be taken under management, or one in the way."""
        there = self.there[row.resident_id, row.kind]
        state = State.ENDED if row.ended_on is not None else row.state
        for each in there:
            if each.started_on == row.started_on and each.state not in (
                State.ENTERED_IN_ERROR,
                State.DISMISSED,
            ):
                if each.state == state and each.ended_on == row.ended_on:
                    verdict.existing = True
                    return each
                if each.state in (State.ACTIVE, State.ENDED):
                    raise Refused(
                        f"系统中已有同日开始的“{title}”，状态为{each.get_state_display()}",
                        field="state",
                        code="differs",
                    )
        opened = next((each for each in there if each.state in OPEN), None)
        if opened is None:
            return None
        if opened.state != State.ACTIVE and row.state == State.ACTIVE and row.ended_on is None:
            episode_steps.enrol_episode(
                by=self.by,
                at=self.at,
                episode_id=opened.pk,
                started_on=row.started_on,
                diagnosed_on=row.diagnosed_on,
                reason=row.reason,
            )
            opened.state = State.ACTIVE
            return opened
        if row.ended_on is not None and row.ended_on <= opened.started_on:
            return None
        raise Refused(
            f"该居民已有“{title}”，状态为{opened.get_state_display()}，自{opened.started_on.isoformat()}起",
            code="episode_open",
            details={"episode": str(opened.pk)},
        )

    def _write(self, people: dict[UUID, Resident]) -> None:
        if not self.new:
            return
        # Ended ones first: at most one of a kind may be open.
        Episode.objects.bulk_create(sorted(self.new, key=lambda each: each.state != State.ENDED))
        keep_steps(self.by, self.at, self.steps, people)


#: What happened to an episode: before, after, on which day, why, and as what the audit calls it.
Step = tuple[Episode, str, str, dt.date, str, str]


def keep_steps(by: Actor, at: dt.datetime, steps: Sequence[Step], people: Mapping[UUID, Resident]) -> None:
    """Keep steps of episodes already written, with tags, audit lines and changes: see `episode_steps._keep_step`.

    As the owner of the tables: COPY does not pass row-level security.
    """
    EpisodeChange.objects.bulk_create(
        EpisodeChange(
            episode=episode, before=before, after=after, on_date=on, reason=reason, at=at, by=by.account_id
        )
        for episode, before, after, on, reason, _ in steps
    )
    tags.refresh(list({each[0].resident_id for each in steps}))
    lines = []
    series: dict[tuple[str, str, str, str], audit_many.Series] = {}
    for episode, before, after, _, _, action in steps:
        key = (action, episode.kind, before, after)
        if key not in series:
            series[key] = audit_many.Series(
                by=by,
                at=at,
                action=action,
                subject_kind="resident",
                detail={
                    "what": "episode",
                    "episode": audit_many.HOLE,
                    "kind": episode.kind,
                    "before": before,
                    "after": after,
                },
            )
        area = people[episode.resident_id].area_id
        lines.append(series[key].line(episode.resident_id, area, str(episode.pk)))
    audit_many.copy(lines)
    now = clock.now()
    copy_text.copy(
        "base_change",
        ("at", "kind", "subject_id", "resident_id", "done_on"),
        (
            copy_text.line((now, "episode", episode.pk, episode.resident_id, on))
            for episode, _, _, on, _, _ in steps
        ),
    )
