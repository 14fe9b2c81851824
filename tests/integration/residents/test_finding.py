"""The one search box, opening a file; under row-level security."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.integration.residents.conftest import FAR, OWN, card

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import bulk, operations, queries, tags
from gongwei.residents.models import Resident
from gongwei.residents.queries import Filters


def names(actor, text, **more):
    """What a search finds, inside the actor's scope as a request has it."""
    with scope.acting(actor):
        return [hit.resident.name for hit in queries.search(actor, text, **more)]


ONE_BOX = [
    ("张秀英", ["张秀英", "张秀英"]),
    ("张", ["张秀英", "张秀英"]),
    ("秀英", ["王秀英", "张秀英", "张秀英"]),
    ("娜", []),
    ("娜娜", ["欧阳娜娜"]),
    ("欧阳", ["欧阳娜娜"]),
    ("艾力", ["买买提·艾力"]),
    ("zxy", ["张秀英", "张秀英"]),
    ("zxy 1956", ["张秀英"]),
    ("zxy56", ["张秀英"]),
    ("张秀英 1960", ["张秀英"]),
    ("张秀英 19600701", ["张秀英"]),
    ("zhangxiuying", ["张秀英", "张秀英"]),
    ("zhangxiu", ["张秀英", "张秀英"]),
    ("zl", ["曾丽"]),
    ("cl", ["曾丽"]),
    ("zengli", ["曾丽"]),
    ("cengli", ["曾丽"]),
    ("sjg", ["单建国"]),
    ("djg", ["单建国"]),
    ("shanjianguo", ["单建国"]),
    ("danjianguo", ["单建国"]),
    ("xxb", ["解小宝"]),
    ("jxb", ["解小宝"]),
    ("oynn", ["欧阳娜娜"]),
    ("13912340003", ["曾丽"]),
    ("139 1234 0003", ["曾丽"]),
    ("0003", ["曾丽"]),
    ("0518-87654321", ["王秀英"]),
    ("660101101101" + "00003", ["曾丽"]),
    ("101-00003", ["曾丽"]),
    ("19900101", ["曾丽"]),
    ("没有这个人", []),
    ("%", []),
    ("'; drop table residents_resident --", []),
]


def test_one_box(village):
    """Every kind of key; ranked; nobody of another place."""
    answers = [(typed, names(village.doctor, typed)) for typed, _ in ONE_BOX]
    assert answers == ONE_BOX


def test_document_numbers(village):
    """Whole, lower case, fifteen digits, last four, last six, and a name with a tail."""
    number = card(dt.date(1956, 3, 8), 102)
    assert names(village.doctor, number.lower()) == ["张秀英"]
    assert names(village.doctor, number[:6] + number[8:17]) == ["张秀英"]
    assert names(village.doctor, number[-6:]) == ["张秀英"]
    assert names(village.doctor, number[-4:]) == ["张秀英"]
    assert names(village.doctor, f"张秀英 {number[-4:]}") == ["张秀英"]
    assert names(village.doctor, f"曾丽 {number[-4:]}") == []
    assert names(village.doctor, f"zxy {number[-4:]}") == ["张秀英"]


def test_reach(village):
    """The county sees its own, the far doctor one, the finance officer and a search without scope nobody."""
    assert len(names(village.officer, "张秀英")) == 2
    assert len(names(village.officer, "zxy")) == 2
    assert names(village.officer, "张") == ["张秀英", "张秀英"]
    assert len(names(village.far, "张秀英")) == 1
    assert names(village.sibling, "张秀英") == []
    assert names(village.finance, "张秀英") == []
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from residents_find('name', '张秀英', null, null, null, '', 10)")
        assert cursor.fetchone()[0] == 0


def test_row_level_security_alone(village):
    """With the application's own condition left out, the database still shows nobody of another place."""
    with scope.acting(village.far):
        assert set(Resident.objects.values_list("area_id", flat=True)) == {FAR}
        assert Resident.objects.filter(area_id=OWN).update(address="x") == 0
    with scope.acting(village.finance):
        assert not Resident.objects.exists()
    with scope.acting(None):
        assert not Resident.objects.exists()


def test_application_alone(village):
    """With the database's own defence out of the way (the owner asks), the application still narrows."""
    assert set(queries.visible_to(village.far).values_list("area_id", flat=True)) == {FAR}
    assert not queries.visible_to(village.finance).exists()


def test_ended_after_living_and_aliases(village):
    """A cancelled record is found, after the living; a merged number leads to the survivor."""
    first = Resident.objects.get(birth_date=dt.date(1956, 3, 8), area_id=OWN)
    operations.cancel(by=village.doctor, at=village.at, resident_id=first.id, reason="2", note="迁往外省")
    with scope.acting(village.doctor):
        hits = queries.search(village.doctor, "张秀英")
    assert [hit.resident.status for hit in hits] == ["active", "cancelled"]
    second = hits[0].resident
    third = Resident.objects.get(name="曾丽")
    operations.merge_residents(
        by=village.clerk,
        at=village.at,
        survivor_id=second.id,
        loser_id=third.id,
        reason="同一人",
        different_documents=True,
    )
    with scope.acting(village.doctor):
        assert {hit.resident.id for hit in queries.search(village.doctor, third.record_no)} == {
            second.id,
            third.id,
        }


def test_search_is_logged_without_numbers(village):
    """What was asked by name is kept, a number only by its kind; the ids found are kept."""
    names(village.doctor, "张秀英")
    names(village.doctor, "13912340003")
    first, second = AuditEntry.objects.filter(action="search").order_by("id")
    assert first.detail["query"] == "姓名、姓名中含有：张秀英"
    assert len(first.detail["ids"]) == 2
    assert second.detail["query"] == "电话、证件号码"
    assert "1391234" not in str(second.detail)


def test_opening_a_file(village):
    """The look is logged; somebody else's file and none at all are one answer; full numbers need a reason and right."""
    made = Resident.objects.get(name="曾丽")
    with scope.acting(village.doctor):
        opened = queries.file(village.doctor, made.id)
    assert AuditEntry.objects.filter(action="view", subject_id=str(made.id), area_key=OWN).exists()
    shown = queries.masked(opened, on=dt.date(2025, 6, 2))
    assert (shown.id_number, shown.phone, shown.age, shown.sex) == (
        f"660101********{card(dt.date(1990, 1, 1), 106)[-4:]}",
        "139****0003",
        35,
        "女性",
    )
    answers = set()
    for key in (made.id, village.doctor.account_id):
        with pytest.raises(Refused) as refused:
            queries.file(village.far, key)
        answers.add(refused.value.message)
    assert len(answers) == 1
    with pytest.raises(Refused):
        queries.full_id(village.doctor, made.id, " ")
    assert queries.full_id(village.doctor, made.id, "办理转诊")["phone"] == "13912340003"
    assert AuditEntry.objects.filter(action="view_full", subject_id=str(made.id)).exists()
    with pytest.raises(policy.Forbidden):
        queries.full_id(village.director, made.id, "看看")
    lines = queries.readers_of(village.doctor, made.id)
    assert [(line.action, line.who) for line in lines][:2] == [
        ("查看完整证件号码或电话", "村医甲"),
        ("查看", "村医甲"),
    ]


def test_tags(village):
    """Computed from the birth date: 0–6 and 65 and over; 一般人群 for the rest; asked for as 任意满足."""
    rows = list(Resident.objects.filter(area_id=OWN))
    found = {row.name: [tag.code for tag in tags.of(rows, dt.date(2025, 6, 2))[row.id]] for row in rows}
    assert found["解小宝"] == ["KP01"]
    assert found["王秀英"] == ["KP03"]
    assert found["曾丽"] == ["KP99"]
    page = queries.page(village.doctor, Filters(tags=("KP01", "KP03")))
    assert [row.name for row in page.rows] == ["王秀英", "解小宝", "张秀英"]
    assert [row.name for row in queries.page(village.doctor, Filters(tags=("KP99",))).rows] == [
        "买买提·艾力",
        "欧阳娜娜",
        "单建国",
        "曾丽",
        "张秀英",
    ]


@pytest.mark.parametrize(
    ("born", "on", "codes"),
    [
        (dt.date(2018, 6, 2), dt.date(2025, 6, 1), ["KP01"]),
        (dt.date(2018, 6, 2), dt.date(2025, 6, 2), ["KP99"]),
        (dt.date(1960, 6, 2), dt.date(2025, 6, 1), ["KP99"]),
        (dt.date(1960, 6, 2), dt.date(2025, 6, 2), ["KP03"]),
        (dt.date(1960, 2, 29), dt.date(2025, 2, 28), ["KP99"]),
        (dt.date(1960, 2, 29), dt.date(2025, 3, 1), ["KP03"]),
        (dt.date(2016, 2, 29), dt.date(2023, 2, 28), ["KP01"]),
    ],
)
def test_tag_edges(born, on, codes):
    """The day before the birthday and the birthday."""
    assert [tag.code for tag in tags.AGE_TAGS if tag.holds(born, on)] == [
        code for code in codes if code != "KP99"
    ]


def test_stored_tags_follow_their_provider(village):
    """A provider's spans are stored, changed and taken away; a search by tag uses them."""
    row = Resident.objects.get(name="曾丽")
    spans = {row.id: [tags.Span("KP04", dt.date(2024, 1, 1))]}
    tags.register("test", lambda keys: spans)
    try:
        assert tags.refresh([row.id]) == 1
        assert tags.refresh([row.id]) == 0
        assert [one.name for one in queries.page(village.doctor, Filters(tags=("KP04",))).rows] == ["曾丽"]
        spans[row.id] = [tags.Span("KP04", dt.date(2024, 1, 1), dt.date(2025, 1, 1))]
        tags.refresh([row.id])
        assert queries.page(village.doctor, Filters(tags=("KP04",))).rows == []
        spans.clear()
        tags.refresh([row.id])
        assert not row.tags.exists()
    finally:
        tags._providers.pop("test")


def test_every_key_has_a_whole_index(db):
    """A partial index does not serve a search over all states: at city scale that was six seconds instead of two milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select a.attname from pg_index i
                 join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = 'residents_resident'::regclass and i.indpred is null"""
        )
        leading = {row[0] for row in cursor.fetchall()}
        cursor.execute("select count(*) from pg_indexes where indexdef like '%residents_search_tokens%'")
        assert cursor.fetchone()[0] == 1
    keys = {
        "id_key",
        "id_last4_key",
        "id_last6_key",
        "phone_key",
        "phone_last4_key",
        "name",
        "record_no",
        "name_sort",
        "birth_date",
    }
    assert keys <= leading


def test_former_numbers_are_looked_for_in_their_index(village):
    """Row-level security lets no index look inside the numbers: without the small index each thousand rows read every resident."""
    with scope.acting(village.doctor), CaptureQueriesContext(connection) as asked:
        bulk.by_record_number(village.doctor, ["66010110110109999"])
    statement = next(each["sql"] for each in asked.captured_queries if " && " in each["sql"])
    with scope.acting(village.doctor), connection.cursor() as database:
        database.execute("set local enable_seqscan = off")
        database.execute(f"explain {statement}")
        assert "residents_former_numbers" in str(database.fetchall())
