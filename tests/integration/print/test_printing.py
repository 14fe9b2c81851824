"""What is printed, for whom, and that it is written down: one form, a year, cover and card, the report, a village."""

import datetime as dt

import pytest
from django.db import connection, transaction
from tests.integration.print.conftest import NOW, NUMBER, PHONE, SIBLING, VILLAGE, exam
from tests.unit.print import reading

from gongwei.base import clock, job_files, jobs, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.interfaces.print import gathering, village
from gongwei.places import policy
from gongwei.records import operations

pytestmark = pytest.mark.django_db


def acting(actor, function, *arguments, **named):
    """Call it as a page would: as the restricted role, in a transaction."""
    with transaction.atomic(), scope.acting(actor):
        return function(actor, *arguments, **named)


def prints():
    """What the audit trail says was printed: (subject, detail)."""
    return [
        (each.subject_id, each.detail) for each in AuditEntry.objects.filter(action="print").order_by("id")
    ]


# --- one form ---------------------------------------------------------------------------------------------------


def test_a_filled_form_alone_and_with_its_year(known):
    response = known.followed[2]  # 2025-03-05
    alone = reading.words(
        acting(known.doctor, gathering.response, response, NOW, whole_year=False, notes=False).content
    )
    assert "2025年3月5日" in alone
    assert "2025年1月6日" not in alone
    year = reading.words(
        acting(known.doctor, gathering.response, response, NOW, whole_year=True, notes=False).content
    )
    assert [day in year for day in ("2025年1月6日", "2025年3月5日", "2025年5月9日", "2024年11月4日")] == [
        True,
        True,
        True,
        False,
    ]
    assert "138/88" in alone
    assert "硝苯地平" in alone
    assert known.practitioner.name in alone


def test_a_print_is_written_down_with_the_resident(known):
    acting(known.doctor, gathering.response, known.followed[0], NOW, whole_year=False, notes=False)
    ((subject, detail),) = prints()
    assert subject == str(known.resident.pk)
    assert detail == {"what": "htn_follow_up", "numbers": False}
    entry = AuditEntry.objects.get(action="print")
    assert (entry.account_id, entry.area_key) == (known.doctor.account_id, VILLAGE)


def test_what_was_withdrawn_says_so_on_paper(known):
    with clock.fixed(NOW):
        operations.enter_in_error(by=known.centre, at=NOW, response_id=known.followed[0], reason="填错居民")
    printed = acting(known.doctor, gathering.response, known.followed[0], NOW, whole_year=False, notes=False)
    assert "本表已作废" in reading.words(printed.content)


def test_somebody_elses_resident_cannot_be_printed(known):
    for function, subject, named in (
        (gathering.response, known.followed[0], {"whole_year": True, "notes": False}),
        (gathering.cover, known.resident.pk, {}),
        (gathering.card, known.resident.pk, {}),
    ):
        with pytest.raises(Refused):
            acting(known.far, function, subject, NOW, **named)
    with pytest.raises(Refused):
        acting(known.far, gathering.year, known.resident.pk, 2025, NOW)
    assert prints() == []


# --- numbers ----------------------------------------------------------------------------------------------------


def test_the_official_form_has_the_whole_numbers(known):
    printed = reading.words(acting(known.doctor, gathering.cover, known.resident.pk, NOW).content)
    assert PHONE in printed
    assert "12号" in printed
    card = reading.words(acting(known.doctor, gathering.card, known.resident.pk, NOW).content)
    assert "王秀英" in card
    assert "660101-101-101-00042" in card
    assert prints()[0] == (str(known.resident.pk), {"what": "cover", "numbers": True})


def test_whoever_may_not_see_whole_numbers_prints_masked_ones(known):
    director = known.world.actor("township_director@centre")
    assert not policy.may(director, policy.FULL_ID_VIEW, area_key=VILLAGE)
    printed = reading.words(acting(director, gathering.cover, known.resident.pk, NOW).content)
    assert PHONE not in printed
    assert PHONE[-4:] in printed


def test_the_audit_trail_never_has_the_numbers(known):
    acting(known.doctor, gathering.year, known.resident.pk, 2025, NOW)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from base_auditentry where detail::text ~ %s", [f"{NUMBER}|{PHONE}"])
        assert cursor.fetchone() == (0,)


# --- a year, the report -------------------------------------------------------------------------------------------


def test_a_year_is_the_cover_and_every_form_of_the_year(known):
    exam(known)
    found = reading.pages(acting(known.doctor, gathering.year, known.resident.pk, 2025, NOW).content)
    titles = [
        title
        for page in found
        for title in ("居民健康档案", "健康体检表", "高血压患者随访服务记录表")
        if page.startswith((title, "编号")) and title in page
    ]
    assert titles == ["居民健康档案", "健康体检表", "高血压患者随访服务记录表"]
    assert "2024年11月4日" not in "".join(found)


def test_the_report_of_an_exam(known):
    exam(known, on=dt.date(2024, 4, 1), systolic_left=146, diastolic_left=88)
    response = exam(known)
    printed = reading.words(acting(known.doctor, gathering.report, response, NOW).content)
    attention = printed[printed.index("需要您注意的结果") : printed.index("医生给您的建议")]
    assert "血压偏高" in attention
    assert "152mmHg" in attention
    assert "69岁" in printed  # on the day of the exam
    table = printed[printed.index("主要结果与上次比较") :]
    assert "152mmHg↑146mmHg" in table
    assert "建议复查" in printed


def test_a_follow_up_has_no_report(known):
    with pytest.raises(Refused, match="只有体检表"):
        acting(known.doctor, gathering.report, known.followed[0], NOW)


# --- a village ----------------------------------------------------------------------------------------------------


def printed_by(actor, **asked):
    """Run the job and return it with the words of its files."""
    run = jobs.enqueue(village.print_many, by=actor, **{"title": "随访", "year": 2025, **asked})
    run = jobs.run_now(run.id)
    files = list(job_files.of(actor, run.id))
    return run, [reading.words(job_files.opened(actor, each.id).content) for each in files]


def test_a_whole_village_is_printed_and_nobody_of_the_next(known):
    run, (words,) = printed_by(known.centre, code="htn_follow_up", area_from=VILLAGE, area_to=VILLAGE)
    assert (run.state, run.result) == ("succeeded", {"打印人数": 1, "文件数": 1})
    assert "王秀英" in words
    assert "李某某" not in words
    assert "2024年11月4日" not in words


def test_a_township_takes_both_villages_and_every_resident_is_written_down(known):
    run, (words,) = printed_by(
        known.centre, code="htn_follow_up", area_from=660101101000, area_to=660101101999
    )
    assert run.result["打印人数"] == 2
    assert "王秀英" in words
    assert "李某某" in words
    assert prints() == [
        (str(each.pk), {"what": "htn_follow_up 2025", "numbers": False})
        for each in (known.resident, known.neighbour)
    ]


def test_a_list_is_printed_in_its_order_without_those_out_of_reach(known):
    wanted = [str(known.neighbour.pk), str(known.resident.pk)]
    _, (words,) = printed_by(known.centre, code="htn_follow_up", resident_ids=wanted)
    assert words.index("李某某") < words.index("王秀英")
    run, (words,) = printed_by(known.doctor, code="htn_follow_up", resident_ids=wanted)
    assert run.result["打印人数"] == 1
    assert "李某某" not in words


def test_a_doctor_cannot_have_the_next_village_printed(known):
    run, files = printed_by(known.doctor, code="htn_follow_up", area_from=SIBLING, area_to=SIBLING)
    assert (run.state, files) == ("failed", [])


def test_reports_of_a_village(known):
    exam(known)
    run, (words,) = printed_by(known.centre, code=village.REPORT, area_from=VILLAGE, area_to=VILLAGE)
    assert run.result["打印人数"] == 1
    assert "健康体检结果反馈" in words
    assert "血压偏高" in words


def test_nothing_to_print_says_so(known):
    run, files = printed_by(known.centre, code="dm_follow_up", area_from=VILLAGE, area_to=VILLAGE)
    assert (run.state, files) == ("failed", [])
    assert "没有可打印的内容" in run.error_zh


def test_many_sheets_become_several_files(known, monkeypatch):
    monkeypatch.setattr(village, "SHEETS", 1)
    run, words = printed_by(known.centre, code="htn_follow_up", area_from=660101101000, area_to=660101101999)
    assert run.result["文件数"] == 2
    assert len(words) == 2
