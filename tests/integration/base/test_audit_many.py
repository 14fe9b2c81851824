"""Audit entries made in series are those `audit.record` writes, to the byte that counts: what a MAC is made of."""

import datetime as dt
from uuid import UUID

import pytest

from gongwei.base import audit, audit_many, ids, keys
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.models import AuditEntry

pytestmark = pytest.mark.django_db

AT = dt.datetime(2025, 6, 2, 2, 0, 0, 1200, tzinfo=dt.UTC)
DOCTOR = Actor(
    ids.uuid7(), ids.uuid7(), ids.uuid7(), "village_doctor", ids.uuid7(), "李“四”", ((1, 2),), "import"
)
DETAIL = {"what": 'a "quoted"\\ text\twith 66010119560308102X', "source": "import", "n": 3, "also": None}


NAMES = (
    "id", "at", "account_id", "practitioner_id", "duty_id", "role", "organization_id", "source", "action",
    "subject_kind", "subject_id", "area_key", "detail",
)  # fmt: skip


def entries(*without):
    """What is kept (but for the ids, and without those kept before), once each MAC was seen to be of its entry."""
    found = AuditEntry.objects.exclude(id__in=without).order_by("id")
    for *values, mac in found.values_list(*NAMES, "mac"):
        version, ring = int.from_bytes(bytes(mac)[:2], "big"), keys.keyring()
        assert ring.mac("audit", version, audit.content(tuple(values))) == bytes(mac)[2:]
    return list(found.values_list(*NAMES[1:]))


@pytest.mark.parametrize("by", [DOCTOR, SYSTEM])
@pytest.mark.parametrize("area", [660101101201, None])
def test_a_series_writes_what_single_entries_write(by, area):
    subjects = [ids.uuid7() for _ in range(5)]
    days = [(AT + dt.timedelta(days=each)).date().isoformat() for each in range(5)]
    others = [str(ids.uuid7()) for _ in range(5)]
    for subject, day, other in zip(subjects, days, others, strict=True):
        audit.record(
            by=by, at=AT, action="create", subject_kind="resident", subject_id=subject, area_key=area,
            detail={**DETAIL, "day": day, "forms": ["x", other]},
        )  # fmt: skip
    singly = entries()
    before = list(AuditEntry.objects.values_list("id", flat=True))
    series = audit_many.Series(
        by=by, at=AT, action="create", subject_kind="resident",
        detail={**DETAIL, "day": audit_many.HOLE, "forms": ["x", audit_many.HOLE]},
    )  # fmt: skip
    audit_many.copy(series.line(*each) for each in zip(subjects, [area] * 5, days, others, strict=True))
    assert entries(*before) == singly
    assert len(singly) == 5


def test_an_entry_like_no_other_goes_with_them():
    values = audit.entry_values(
        by=DOCTOR,
        at=AT,
        action="create",
        subject_kind="resident",
        subject_id=UUID(int=7),
        area_key=1,
        detail=DETAIL,
    )
    audit_many.copy([audit_many.single(values)])
    assert [each[-1] for each in entries()] == [values[12].obj]


@pytest.mark.parametrize("filling", ["13912345678", "66010119560308102X", "", "李四", "2025-03-10 "])
def test_a_hole_takes_ids_and_days_only(filling):
    series = audit_many.Series(
        by=DOCTOR, at=AT, action="create", subject_kind="resident", detail={"a": audit_many.HOLE}
    )
    with pytest.raises(ValueError, match="hole"):
        series.line(UUID(int=1), 1, filling)
    with pytest.raises(ValueError, match="hole"):
        series.line(UUID(int=1), 1)


def test_an_action_has_a_name():
    with pytest.raises(ValueError, match="no such action"):
        audit_many.Series(by=DOCTOR, at=AT, action="nonsense", subject_kind="resident")
