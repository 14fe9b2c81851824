"""A package from the folder to the records and back: every row accounted for, nothing twice, two people."""

import pytest
from tests.integration.packages import old_data

from gongwei.base.problems import Refused
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.packages import operations
from gongwei.records.models import Response
from gongwei.residents.models import Resident


@pytest.fixture
def folder(tmp_path):
    """Three people, one of whom cannot be filed, and their follow-ups."""
    place = tmp_path / "老系统"
    rows = old_data.people(3)
    rows[2]["证件号码"] = rows[2]["证件号码"][:-1] + "X"
    old_data.write(place / "居民建档.csv", rows, "gb18030")
    old_data.write(
        place / "随访" / "高血压患者随访服务记录表.csv",
        [
            old_data.follow_up(1, rows[0]["姓名"], "2025-03-10"),
            old_data.follow_up(1, rows[0]["姓名"], "2024-12-10"),
            old_data.follow_up(2, rows[1]["姓名"], "2025年3月11日"),
            old_data.follow_up(3, rows[2]["姓名"], "2025-03-12"),
            old_data.follow_up(9, "无此人", "2025-03-12"),
        ],
    )
    return place


def test_checked_then_approved_then_written(steps, folder):
    package = steps.checked(folder)
    assert package.state == "checked"
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 3, "accepted": 2, "rejected": 1},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "accepted": 3, "rejected": 2},
    }
    assert not Resident.objects.exists()
    steps.applied(package)
    assert package.state == "applied"
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 3, "applied": 2, "rejected": 1},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "applied": 3, "rejected": 2},
    }
    assert Resident.objects.count() == 2
    assert Response.objects.filter(status="final").count() == 3
    assert set(UploadRow.objects.filter(state="applied", response_id=None).values_list("id", flat=True)) == set(
        Resident.objects.values_list("id", flat=True)
    )


def test_whoever_prepares_does_not_approve(steps, folder):
    package = steps.checked(folder, by=steps.officer)
    with pytest.raises(Refused, match="不能自己批准"):
        operations.approve(by=steps.officer, at=steps.at, package_id=package.id)
