"""Tags follow episodes (code_tables.md §6: KP04 高血压患者, computed and never typed)."""

import datetime as dt

from gongwei.base import scope
from gongwei.records import operations
from gongwei.residents import tags

STARTED, ENDED = dt.date(2025, 3, 1), dt.date(2025, 5, 1)


def _codes(resident, on):
    return [tag.code for tag in tags.of([resident], on)[resident.id]]


def _managed(scene, at):
    return operations.start_episode(
        by=scene.doctor, at=at, resident_id=scene.resident.id, kind="hypertension", started_on=STARTED
    )


def test_management_gives_the_tag_from_its_first_day(scene, at):
    with scope.acting(scene.doctor):
        assert _codes(scene.resident, dt.date(2025, 6, 2)) == ["KP99"]
        _managed(scene, at)
        assert _codes(scene.resident, STARTED) == ["KP04"]
        assert _codes(scene.resident, STARTED - dt.timedelta(days=1)) == ["KP99"]


def test_the_tag_ends_with_the_management_and_returns_when_it_is_taken_up_again(scene, at):
    with scope.acting(scene.doctor):
        episode = _managed(scene, at)
        operations.end_episode(
            by=scene.doctor, at=at, episode_id=episode.id, ended_on=ENDED, end_reason="9", reason="诊断撤销"
        )
        assert _codes(scene.resident, ENDED) == ["KP99"]
        assert _codes(scene.resident, ENDED - dt.timedelta(days=1)) == ["KP04"]
        operations.reopen_episode(
            by=scene.doctor, at=at, episode_id=episode.id, on_date=dt.date(2025, 6, 1), reason="复查仍高"
        )
        assert _codes(scene.resident, ENDED) == ["KP04"]


def test_a_suspicion_makes_nobody_a_patient(scene, at):
    with scope.acting(scene.doctor):
        operations.start_episode(
            by=scene.doctor,
            at=at,
            resident_id=scene.resident.id,
            kind="hypertension",
            started_on=STARTED,
            state="suspected",
        )
        assert _codes(scene.resident, dt.date(2025, 6, 2)) == ["KP99"]
