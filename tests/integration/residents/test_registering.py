"""Filing a resident: number, duplicates, bad input (records.md §2, §3, §5, §12.1)."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from tests.integration.places import worlds
from tests.integration.residents.conftest import FAR, NOW, OTHER, OWN, TODAY, actors_of, card, file, person

from gongwei.base import clock, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.residents import operations, parameters, queries, sealing
from gongwei.residents.models import LifecycleEvent, Resident, ResidentIdentifier


def register(scene, by=None, more=None, **changes):
    """Register with a changed profile."""
    return operations.register_resident(
        by=by or scene.doctor, at=scene.at, profile=person(**changes), **(more or {})
    )


def test_number_and_state(scene):
    """§12.1: created, numbered, active; birth date and sex from the document; audited."""
    done = register(scene, birth_date="", sex="")
    made = done.resident
    assert made.record_no == "66010110110100001"
    assert (made.status, made.birth_date, made.sex) == ("active", dt.date(1956, 3, 8), "2")
    assert (made.filed_on, made.managing_organization.name) == (TODAY, "village_a单位")
    assert done.warnings == ()
    assert (made.name_sort, made.initials, made.pinyin) == ("zhangxiuying 张秀英", ["zxy"], ["zhangxiuying"])
    assert LifecycleEvent.objects.get(resident=made).kind == "filed"
    assert ResidentIdentifier.objects.get(resident=made).id_type == "01"
    entry = AuditEntry.objects.get(action="create", subject_id=str(made.id))
    assert (entry.area_key, entry.account_id) == (OWN, scene.doctor.account_id)


def test_numbers_are_sealed(scene):
    """Neither number nor telephone stands anywhere in plain; the right holder opens them."""
    made = file(scene)
    assert sealing.open_column(made, sealing.RESIDENT, "id_cipher") == card(dt.date(1956, 3, 8), 102)
    assert sealing.open_column(made, sealing.RESIDENT, "phone_cipher") == "13912345678"
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f'select count(*) from "{table}" t where t::text ~ %s',
                ["66010119560308|13912345678|13987654321"],
            )
            assert cursor.fetchone()[0] == 0, table


def test_second_file_for_a_document_is_refused(scene):
    """§12.1: the clerk is led to the existing file."""
    made = file(scene)
    with pytest.raises(Refused) as refused:
        register(scene, id_number=card(dt.date(1956, 3, 8), 102).lower())
    assert (refused.value.code, refused.value.field) == ("duplicate", "id_number")
    candidate = refused.value.details["candidates"][0]
    assert (candidate.resident, candidate.level, candidate.visible) == (made, "exact", True)
    assert "打开已有档案" in refused.value.hint
    assert Resident.objects.count() == 1


def test_existing_file_elsewhere_is_told_masked(scene):
    """Outside the actor's areas: institution and masked name, and 迁入申请; no id to open."""
    file(scene, by=scene.far, area=str(FAR))
    with pytest.raises(Refused) as refused:
        register(scene)
    candidate = refused.value.details["candidates"][0]
    assert (candidate.resident, candidate.resident_key, candidate.visible) == (None, None, False)
    assert (candidate.name, candidate.organization) == ("张**", "far_village单位")
    assert "张秀英" not in refused.value.message
    assert "迁入申请" in refused.value.hint


def test_same_number_other_name_is_a_data_error(scene):
    """records.md §5 conflict: never merged, never filed twice."""
    file(scene)
    with pytest.raises(Refused) as refused:
        register(scene, name="李四")
    assert refused.value.details["candidates"][0].level == "conflict"
    assert "录错" in refused.value.message


def test_probable_duplicate_must_be_looked_at(scene):
    """Same name, birth date, sex and telephone without a document: candidates with reasons, then confirmed."""
    made = file(scene)
    alike = {"id_number": "", "no_id_reason": "证件遗失"}
    with pytest.raises(Refused) as refused:
        register(scene, **alike)
    assert refused.value.code == "confirm_duplicates"
    candidate = refused.value.details["candidates"][0]
    assert candidate.level == "strong"
    assert {"姓名相同", "出生日期相同", "性别相同", "电话相同", "同村（居）"} <= set(candidate.reasons)
    done = register(scene, more={"not_same_as": [made.id]}, **alike)
    event = LifecycleEvent.objects.get(resident=done.resident)
    assert event.detail["not_same_as"] == [str(made.id)]


def test_newborn_gets_a_temporary_number(scene):
    """No document: a temporary number with the mother named; replaced when the number is issued."""
    mother = file(scene, born=dt.date(1996, 3, 8))
    done = operations.register_resident(
        by=scene.doctor,
        at=scene.at,
        profile=person(
            name="张小宝", born=dt.date(2025, 5, 20), id_number="", birth_date="2025-05-20", sex="1", phone=""
        ),
        mother=mother.id,
    )
    child = done.resident
    assert child.no_id_reason == "新生儿，尚未办理证件"
    assert child.id_type == "99"
    assert sealing.open_column(child, sealing.RESIDENT, "id_cipher").startswith("LS6601012025052000001")
    assert child.related_persons.get().related_resident == mother
    number = card(dt.date(2025, 5, 20), 11)
    edited = operations.edit_resident(
        by=scene.doctor,
        at=scene.at,
        resident_id=child.id,
        base_version=1,
        changes={"id_type": "01", "id_number": number},
    )
    assert set(edited.changed) >= {"id_type", "id_number"}
    assert list(
        ResidentIdentifier.objects.filter(resident=child)
        .order_by("until_on")
        .values_list("id_type", flat=True)
    ) == ["99", "01"]


def test_no_document_needs_a_reason(scene):
    """Item 6 of the form: explain if absent."""
    with pytest.raises(Refused) as refused:
        register(scene, id_number="")
    assert (refused.value.field, refused.value.code) == ("no_id_reason", "reason_required")


BAD_INPUT = [
    ({"id_number": "320723195603081022"}, "id_number", "id_check_digit"),
    ({"id_number": "150202201902290017", "birth_date": "2019-02-28", "sex": "1"}, "id_number", "id_date"),
    ({"birth_date": "1956-03-09"}, "birth_date", "birth_date_disagrees"),
    ({"sex": "1"}, "sex", "sex_disagrees"),
    ({"birth_date": "2025-06-03", "id_number": "", "no_id_reason": "无"}, "birth_date", "future"),
    ({"birth_date": "2025-02-30", "id_number": "", "no_id_reason": "无"}, "birth_date", "no_such_day"),
    ({"name": "张3"}, "name", "name_has_digits"),
    ({"name": ""}, "name", "required"),
    ({"phone": "1380013"}, "phone", "phone_format"),
    ({"area": "660101101000"}, "area", "area"),
    ({"area": "660101101299"}, "area", "no_such_area"),
    ({"area": ""}, "area", "required"),
    ({"residence_type": ""}, "residence_type", "required"),
    ({"sex": "3"}, "sex", "unknown_code"),
    ({"resident_since": "1950-01-01"}, "resident_since", "before_birth"),
    ({"responsible_doctor": "01900000-0000-7000-8000-000000000000"}, "responsible_doctor", "doctor"),
    ({"nonsense": "1"}, "nonsense", "unknown_item"),
]


def test_bad_input(scene):
    """Each fault beside its field, in Chinese; nothing is written."""
    for changes, field, code in BAD_INPUT:
        with pytest.raises(Refused) as refused:
            register(scene, **changes)
        assert (refused.value.field, refused.value.code) == (field, code)
        assert refused.value.message.endswith("。")
    assert not Resident.objects.exists()


def test_all_faults_at_once(scene):
    """A form shows all its errors."""
    with pytest.raises(Several) as refused:
        register(scene, name="", phone="12", birth_date="x")
    assert {problem.field for problem in refused.value.problems} == {"name", "phone", "birth_date"}


def test_over_120_is_a_warning(scene):
    """Accepted, with words."""
    done = register(scene, born=dt.date(1900, 1, 1), birth_date="1900-01-01")
    assert any("125岁" in warning for warning in done.warnings)


def test_missing_items_are_asked_for(scene):
    """QA010: what the form wants is named, and does not stop the filing."""
    done = register(scene, phone="", contact_name="")
    assert any("本人电话、联系人姓名" in warning for warning in done.warnings)


def test_filing_day(scene):
    """Not in the future, not before birth; before 2009 is asked about (QA027)."""
    for day, code in (("2025-06-03", "future"), ("1950-01-01", "before_birth")):
        with pytest.raises(Refused) as refused:
            register(scene, more={"filed_on": day})
        assert refused.value.code == code
    done = register(scene, more={"filed_on": "2008-12-31"})
    assert any("2009" in warning for warning in done.warnings)


def test_double_click(scene):
    """One key: one record, the same answer; another profile under the key is refused."""
    first = register(scene, more={"idempotency_key": "k-1"})
    second = register(scene, more={"idempotency_key": "k-1"})
    assert (second.resident.id, second.repeated) == (first.resident.id, True)
    assert Resident.objects.count() == 1
    with pytest.raises(Refused) as refused:
        register(scene, name="李四", more={"idempotency_key": "k-1"})
    assert refused.value.code == "idempotency_mismatch"


def test_draft_review_active(scene):
    """A draft has no number; handed in it has; reviewed it is active; returned it can be handed in again."""
    draft = register(scene, more={"save_as": "draft"}).resident
    assert (draft.record_no, draft.status) == (None, "draft")
    pending = operations.submit(by=scene.doctor, at=scene.at, resident_id=draft.id)
    assert (pending.record_no, pending.status) == ("66010110110100001", "pending")
    back = operations.return_for_correction(
        by=scene.clerk, at=scene.at, resident_id=draft.id, reason="电话不对"
    )
    assert back.status == "returned"
    operations.submit(by=scene.doctor, at=scene.at, resident_id=draft.id)
    active = operations.approve(by=scene.clerk, at=scene.at, resident_id=draft.id)
    assert (active.status, active.record_no) == ("active", "66010110110100001")
    with pytest.raises(Refused) as refused:
        operations.submit(by=scene.doctor, at=scene.at, resident_id=draft.id)
    assert refused.value.code == "state"


def test_a_county_that_reviews(scene):
    """With review_required a filed record waits."""
    parameters.override(
        "review_required", [{"since": dt.date(2020, 1, 1), "value": True, "source": "示范县规定"}]
    )
    try:
        assert register(scene).resident.status == "pending"
    finally:
        parameters.override("review_required", [])


def test_place_and_role(scene):
    """Another village's doctor and a finance officer may not; row-level security would refuse the row as well."""
    for by in (scene.sibling, scene.finance, scene.officer):
        with pytest.raises(policy.Forbidden):
            register(scene, by=by)
    with scope.acting(scene.doctor):
        assert register(scene).resident.area_id == OWN


def test_series_is_used_up(scene):
    """99999 given: the next filing says so and the number never wraps."""
    with connection.cursor() as cursor:
        cursor.execute("insert into residents_recordnumberseries values ('660101101101', 99998)")
    assert file(scene).record_no.endswith("99999")
    with pytest.raises(Refused) as refused:
        file(scene, sequence=104, name="王芳", phone="")
    assert refused.value.code == "series_exhausted"


def test_cancelled_file_is_restored_not_doubled(scene):
    """A document with an ended file leads to restoring it."""
    made = file(scene)
    operations.cancel(by=scene.doctor, at=scene.at, resident_id=made.id, reason="2", note="迁往外省")
    with pytest.raises(Refused) as refused:
        register(scene)
    assert refused.value.code == "duplicate_ended"
    assert "恢复" in refused.value.hint


@pytest.mark.django_db(transaction=True)
def test_parallel_filing_gives_each_its_number():
    """Two parallel requests never get one serial, and one document gets one file (records.md §2)."""
    with clock.fixed(NOW):
        scene = actors_of(worlds.build(NOW))
    answers, start = [], threading.Barrier(8)

    def work(number):
        try:
            with clock.fixed(NOW):
                start.wait()
                for turn in range(5):
                    shared = turn == 4
                    try:
                        made = register(
                            scene,
                            name="王同号" if shared else f"王{'甲乙丙丁戊己庚辛'[number]}{'一二三四'[turn]}",
                            sequence=998 if shared else 100 + number * 10 + turn * 2,
                            phone="",
                        ).resident
                        answers.append(made.record_no)
                    except Refused as refused:
                        answers.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [answer for answer in answers if answer != "duplicate"]
    assert len(answers) == 40
    assert answers.count("duplicate") == 7
    assert sorted(numbers) == [f"660101101101{serial:05d}" for serial in range(1, 34)]


def test_other_organization(scene):
    """The managing organization must serve the village; the nearest one does by default."""
    with pytest.raises(Refused) as refused:
        register(scene, more={"organization_id": scene.world.organizations["village_b"].id})
    assert refused.value.code == "not_serving"
    made = register(
        scene, by=scene.clerk, more={"organization_id": scene.world.organizations["village_a"].id}
    )
    assert made.resident.managing_organization.name == "village_a单位"


def test_who_files_does_not_move_the_responsible_institution(scene):
    """docs/decisions/0026: a clerk of the centre and the village doctor file for the same institution, the nearest."""
    filed = [
        register(scene, by=by, name=name, id_number="", no_id_reason="未登记身份证", birth_date=day).resident
        for by, name, day in ((scene.clerk, "王立春", "1950-02-03"), (scene.doctor, "李秋月", "1961-04-05"))
    ]
    assert [each.managing_organization.name for each in filed] == ["village_a单位", "village_a单位"]


def test_candidates_while_typing(scene):
    """The panel beside the form: half a profile is enough, and what cannot be read is left out."""
    made = file(scene)
    found = queries.candidates(
        scene.doctor,
        {"name": "张秀英", "birth_date": "1956-03-08", "sex": "2", "phone": "139", "area": str(OWN)},
    )
    assert [(one.resident, one.level) for one in found] == [(made, "strong")]
    assert queries.candidates(scene.doctor, {"name": "张秀英"}) == []
    near = queries.candidates(scene.doctor, person(birth_date="1956-03-09", id_number=""))
    assert [one.level for one in near] == ["weak"]
    assert queries.candidates(scene.other, person(area=str(OTHER)))[0].name == "张**"
