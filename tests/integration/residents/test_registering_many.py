"""Many filed at once are what the same people filed one by one are: outcomes, refusals, rows, numbers and traces."""

import datetime as dt
import random

import pytest
from django.db import transaction
from tests.integration.residents.conftest import FAR, NOW, OTHER, OWN, SIBLING, TODAY, card, file, person

from gongwei.base import scope
from gongwei.base.ids import uuid7
from gongwei.base.models import AuditEntry, Change
from gongwei.base.problems import Refused, Several
from gongwei.places.models import Area, Grid, Organization
from gongwei.residents import identity, operations, parameters, sealing
from gongwei.residents.models import LifecycleEvent, RecordNumberSeries, Resident, ResidentIdentifier

BIRTHS = [
    dt.date(1956, 3, 8),
    dt.date(1956, 3, 18),
    dt.date(1990, 12, 1),
    dt.date(2025, 5, 20),
    dt.date(1890, 1, 1),
]


def random_profile(scene, dice):
    """A profile as an old system's sheet has it: few names and days, so that some are the same person; now and then wrong."""
    born = dice.choice(BIRTHS)
    sequence = dice.randrange(100, 108)
    said = person(
        name=dice.choice(
            ["张秀英", "张秀英", "张秀莹", "王伟", "王伟", "单 建国", "买买提．艾力", "李", "张3"]
        ),
        born=born,
        sequence=sequence,
        phone=dice.choice(
            ["13912345678", "13912345678", "13800138000", "0518-87654321", "", "87654321", "1391234"]
        ),
        area=str(dice.choice([OWN, SIBLING])),
        address=dice.choice(["3组12号", ""]),
        contact_name=dice.choice(["李强", "张秀英", ""]),
    )
    if dice.random() < 0.15:
        said["area"] = str(dice.choice([OTHER, FAR, 660101101999, "村", ""]))
    if dice.random() < 0.1:
        said |= {
            "residence_type": dice.choice(["2", "7", ""]),
            "resident_since": dice.choice(["2010-01-01", "1880-01-01"]),
        }
    if dice.random() < 0.3:
        said["id_number"] = ""
        said["no_id_reason"] = dice.choice(["遗失", ""])
    if dice.random() < 0.1:
        said["id_type"] = dice.choice(["03", "99"])
        said["id_number"] = dice.choice(["G1234567", "LS66010119560308000019", "x"])
    if dice.random() < 0.1:
        said["birth_date"] = dice.choice(["", "1956.3.8", "2026-01-01", "昨天"])
    if dice.random() < 0.1:
        said["sex"] = dice.choice(["", "1", "2", "5"])
    if dice.random() < 0.15:
        said["responsible_doctor"] = str(dice.choice([scene.doctor.practitioner_id, uuid7()]))
    if dice.random() < 0.15:
        said["grid"] = str(dice.choice([scene.grid, uuid7()]))
    if dice.random() < 0.05:
        said["colour"] = "green"
    filed_on = dice.choice([None, "", "2025-05-26", None, "2008-01-01", "", None, "2026-01-01"])
    return said, filed_on


def rows_of(scene, dice, count, others):
    rows = []
    for _ in range(count):
        said, filed_on = random_profile(scene, dice)
        if rows and dice.random() < 0.15:
            said = {**dice.choice(rows).profile, "name": dice.choice(["张秀英", "王伟"])}
        looked_at = frozenset(each for each in others if dice.random() < 0.1)
        rows.append(operations.Filing(uuid7(), said, filed_on, looked_at))
    return rows


def told(error):
    """What a refusal says, candidates included."""
    found = []
    for each in error.problems if isinstance(error, Several) else [error]:
        candidates = [
            (one.resident_key, one.name, one.organization, one.score, one.level, one.reasons, one.visible, one.status_title)
            for one in each.details.get("candidates", [])
        ]  # fmt: skip
        found.append(
            (type(each).__name__, each.message, each.field, each.code, each.hint, sorted(candidates, key=str))
        )
    return found


def one_by_one(by, rows):
    outcomes = []
    for row in rows:
        try:
            with transaction.atomic():
                made = operations.register_resident(
                    by=by, at=NOW, profile=row.profile, filed_on=row.filed_on, not_same_as=tuple(row.not_same_as),
                    resident_id=row.key,
                )  # fmt: skip
            outcomes.append(("filed", made.warnings, made.resident.record_no))
        except Refused as error:
            outcomes.append(("refused", told(error)))
    return outcomes


def at_once(by, rows):
    return [outcome(each) for each in operations.register_many(by=by, at=NOW, rows=rows)]


def outcome(verdict):
    if verdict.refused is not None:
        return ("refused", told(verdict.refused))
    return ("filed", verdict.warnings, verdict.record_no)


def world_now():
    """Everything that is kept about residents; sealed columns opened, ids of traces left out."""
    with scope.as_owner("a test looks at everything"):
        residents = []
        for each in Resident.objects.order_by("pk"):
            row = {f.attname: getattr(each, f.attname) for f in Resident._meta.concrete_fields}
            for name in ("id_cipher", "phone_cipher", "contact_phone_cipher"):
                row[name] = sealing.open_column(each, sealing.RESIDENT, name)
            residents.append({name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()})
        identifiers = [
            (each.resident_id, each.id_type, sealing.open_column(each, sealing.IDENTIFIER, "cipher"), bytes(each.key), each.from_on, each.until_on, each.reason)
            for each in ResidentIdentifier.objects.order_by("resident", "pk")
        ]  # fmt: skip
        columns = [f.attname for f in LifecycleEvent._meta.concrete_fields if f.attname != "id"]
        events = list(LifecycleEvent.objects.order_by("resident", "pk").values_list(*columns))
        series = list(RecordNumberSeries.objects.order_by("segment").values_list("segment", "last"))
        audited = sorted(
            AuditEntry.objects.filter(action="create").values_list(
                "at", "account_id", "practitioner_id", "duty_id", "role", "organization_id", "source", "action",
                "subject_kind", "subject_id", "area_key", "detail",
            ),
            key=str,
        )  # fmt: skip
        changes = sorted(
            Change.objects.values_list("at", "kind", "subject_id", "resident_id", "done_on"), key=str
        )
    return residents, identifiers, events, series, audited, changes


def undone(do, *arguments):
    """What an act gave and what it left, taken back again."""
    with transaction.atomic():
        given = do(*arguments)
        left = world_now()
        transaction.set_rollback(True)
    return given, left


@pytest.fixture
def town(scene):
    """Some on file already: living, ended, far away, without a document; and a grid."""
    village = Area.objects.get(key=OWN)
    serving = Organization.objects.get(pk=scene.doctor.organization_id)
    scene.grid = Grid.objects.create(area=village, organization=serving, name="一网格").pk
    scene.others = [
        file(scene).pk,
        file(scene, by=scene.far, area=str(FAR), sequence=104, born=dt.date(1990, 12, 1), name="王伟").pk,
        file(scene, name="张秀莹", id_number="", no_id_reason="遗失", phone="13800138000").pk,
    ]
    ended = file(scene, name="王伟", sequence=105, born=dt.date(1956, 3, 18), phone="")
    operations.cancel(
        by=scene.clerk, at=NOW, resident_id=ended.pk, reason="4", on=TODAY, note="拒绝"
    )  # fmt: skip
    scene.others.append(ended.pk)
    return scene


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weak", [False, True])
def test_a_batch_files_whom_single_filings_file(town, seed, weak):
    dice = random.Random(seed)
    rows = rows_of(town, dice, 40, town.others)
    by = dice.choice([town.clerk, town.township, town.officer, town.doctor])
    if weak:
        parameters.override(
            "duplicate_acknowledge_levels",
            [{"since": dt.date(2010, 1, 1), "value": ["strong", "medium", "weak"], "source": "测试"}],
        )
    try:
        singly = undone(one_by_one, by, rows)
        previewed = [outcome(each) for each in operations.judge_many(by=by, at=NOW, rows=rows)]
        together = undone(at_once, by, rows)
    finally:
        parameters.override("duplicate_acknowledge_levels", [])
    assert together[0] == singly[0]
    for one, other in zip(together[1], singly[1], strict=True):
        assert one == other
    assert [each[:2] for each in previewed] == [each[:2] for each in singly[0]]


def test_the_random_rows_are_of_every_kind(town):
    found = set()
    for seed in range(8):
        rows = rows_of(town, random.Random(seed), 40, town.others)
        for each in undone(at_once, town.clerk, rows)[0]:
            found |= {one[3] for one in each[1]} if each[0] == "refused" else {"filed"}
    assert {
        "filed",
        "duplicate",
        "duplicate_ended",
        "confirm_duplicates",
        "required",
        "no_such_area",
        "doctor",
        "grid",
    } <= found


def test_where_the_county_reviews_they_wait(town):
    parameters.override("review_required", [{"since": dt.date(2010, 1, 1), "value": True, "source": "测试"}])
    try:
        rows = [operations.Filing(uuid7(), person(sequence=202, name="赵六"))]
        assert undone(at_once, town.clerk, rows) == undone(one_by_one, town.clerk, rows)
        operations.register_many(by=town.clerk, at=NOW, rows=rows)
        assert Resident.objects.get(pk=rows[0].key).status == "pending"
    finally:
        parameters.override("review_required", [])


def test_the_same_row_again_files_nobody(town):
    rows = [operations.Filing(uuid7(), person(sequence=202, name="赵六"))]
    operations.register_many(by=town.clerk, at=NOW, rows=rows)
    again = operations.register_many(by=town.clerk, at=NOW, rows=[*rows, *rows])
    assert [(each.existing, each.accepted) for each in again] == [(True, False)] * 2
    assert Resident.objects.filter(name="赵六").count() == 1


def test_a_series_that_ends_within_a_batch(town):
    """99999 is the last number: the first rows get theirs, the others are told why not, in preview and in truth."""
    segment = RecordNumberSeries.objects.get(segment__startswith="660101").segment
    RecordNumberSeries.objects.filter(segment=segment).update(last=99998)
    rows = [
        operations.Filing(uuid7(), person(sequence=200 + 2 * each, name=name))
        for each, name in enumerate(["赵一", "赵二", "赵三"])
    ]
    previewed = operations.judge_many(by=town.clerk, at=NOW, rows=rows)
    assert [each.accepted for each in previewed] == [True, False, False]
    together, singly = undone(at_once, town.clerk, rows), undone(one_by_one, town.clerk, rows)
    assert together == singly
    assert [each[0] for each in together[0]] == ["filed", "refused", "refused"]


def test_a_document_filed_in_between_is_found(town, monkeypatch):
    """Two clerks at once: what the look did not see, the table refuses; then each row is filed for itself."""
    from gongwei.residents.operations import registering_many
    from gongwei.residents.queries import candidate_pool

    rows = [
        operations.Filing(uuid7(), person(name="张秀英")),
        operations.Filing(uuid7(), person(sequence=202, name="赵六")),
    ]
    monkeypatch.setattr(candidate_pool.Pool, "candidates", lambda self, actor, new: [])
    found = registering_many.register_many(by=town.clerk, at=NOW, rows=rows)
    assert [each.refused and each.refused.code for each in found] == ["duplicate", None]
    assert Resident.objects.filter(pk=rows[1].key).exists()


def test_a_number_of_ours_is_no_document(town):
    """Two without a document, alike in nothing but their temporary numbers' kind, are two people."""
    rows = [
        operations.Filing(
            uuid7(), person(name=name, id_number="", no_id_reason="遗失", birth_date="1950-01-01", sex="1")
        )
        for name in ("赵一", "赵二")
    ]
    assert all(each.accepted for each in operations.register_many(by=town.clerk, at=NOW, rows=rows))
    numbers = [
        sealing.open_column(Resident.objects.get(pk=each.key), sealing.RESIDENT, "id_cipher") for each in rows
    ]
    assert all(identity.is_temporary(each) for each in numbers)
    assert len(set(numbers)) == 2
    assert card(dt.date(1956, 3, 8), 102) not in numbers
