"""The list of residents: its conditions, orders, pages and cursors, and how many there are."""

import datetime as dt

import pytest
from django.db import connection
from tests.integration.residents.conftest import OWN, SIBLING, card, file, person

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.residents import operations, queries, tags
from gongwei.residents.models import Resident
from gongwei.residents.queries import Filters, lists


def test_a_long_list_by_tag_is_estimated_by_how_common_the_tag_is(village, monkeypatch):
    """Six of the village's eight carry the tag: counted while short, 约6 when the list counts as long."""
    carriers = Resident.objects.exclude(name__in=["买买提·艾力", "解小宝"]).filter(area_id=OWN)
    spans = {key: [tags.Span("KP04", dt.date(2024, 1, 1))] for key in carriers.values_list("id", flat=True)}
    tags.register("test", lambda keys: spans)
    try:
        tags.refresh(list(spans))
    finally:
        tags._providers.pop("test")
    with connection.cursor() as database:
        database.execute("analyze residents_resident, residents_residenttag")
    with scope.acting(village.doctor):
        counted = queries.count_estimate(village.doctor, Filters(tags=("KP04",)))
        monkeypatch.setattr(lists, "EXACT_UP_TO", 1)
        guessed = queries.count_estimate(village.doctor, Filters(tags=("KP04",)))
    assert (counted.value, counted.exact) == (6, True)
    # Nine residents in all, of the far county one: 6 / 9 of the eight here.
    assert (guessed.value, guessed.exact) == (5, False)


def walk(actor, sort, size=3):
    """Go through a list by cursors forwards and back again; returns both ways."""
    page = queries.page(actor, sort=sort, size=size)
    there, back = [[row.id for row in page.rows]], []
    while page.next_cursor:
        page = queries.page(actor, sort=sort, size=size, after=page.next_cursor)
        there.append([row.id for row in page.rows])
    while page.previous_cursor:
        page = queries.page(actor, sort=sort, size=size, after=page.previous_cursor)
        back.append([row.id for row in page.rows])
    return there, back


def test_paging(village):
    """Each order: every row once, forwards, backwards and by number alike; drafts without a number included."""
    for number, name in enumerate(("周一", "周二")):
        operations.register_resident(
            by=village.doctor,
            at=village.at,
            profile=person(name=name, sequence=500 + number * 2, phone=""),
            save_as="draft",
        )
    for order in ("name_sort", "record_no", "birth_date", "filed_on"):
        for sort in (order, f"-{order}"):
            there, back = walk(village.doctor, sort)
            assert len({key for keys in there for key in keys}) == 10
            assert [len(keys) for keys in there] == [3, 3, 3, 1]
            by_number = [
                [row.id for row in queries.page(village.doctor, sort=sort, size=3, number=n).rows]
                for n in (1, 2, 3, 4)
            ]
            assert by_number == there
            assert back == there[-2::-1]


def test_stable_while_rows_come(village):
    """A row added before the cursor neither repeats nor hides a later one."""
    page = queries.page(village.doctor, sort="name_sort", size=3)
    file(village, name="艾一", sequence=701, phone="")
    following = queries.page(village.doctor, sort="name_sort", size=3, after=page.next_cursor)
    assert not {row.id for row in page.rows} & {row.id for row in following.rows}
    assert len(following.rows) == 3


QUERY_BAR = [
    (Filters(name="秀英"), ["王秀英", "张秀英", "张秀英"]),
    (Filters(name="zxy"), ["张秀英", "张秀英"]),
    (Filters(age_from=65), ["王秀英", "张秀英"]),
    (Filters(age_from=64, age_to=64), ["张秀英"]),
    (Filters(age_to=3), ["解小宝"]),
    (Filters(statuses=("cancelled",)), []),
    (Filters(sex="1", age_from=30), ["买买提·艾力", "单建国"]),
    (Filters(area_from=SIBLING, area_to=SIBLING), []),
    (Filters(id_number=card(dt.date(1956, 3, 8), 102)), ["张秀英"]),
    (Filters(id_number=card(dt.date(1956, 3, 8), 102)[-6:]), ["张秀英"]),
]


def test_query_bar(village):
    """Each condition; the list says how many, and the log what was asked."""
    for filters, found in QUERY_BAR:
        with scope.acting(village.doctor):
            page = queries.page(village.doctor, filters)
        assert [row.name for row in page.rows] == found, filters
        assert (page.count.value, page.count.exact, str(page.count)) == (len(found), True, str(len(found)))
        entry = AuditEntry.objects.filter(action="list").latest("id")
        assert len(entry.detail["ids"]) == len(found)
        assert "19560308" not in str(entry.detail)


def test_bad_cursors(scene):
    """R12: a cursor that is none is refused in words."""
    for cursor in ("x", "eyJ9", "W10", "WyJuYW1lX3NvcnQiLDEsMiwzXQ", "\x00", "W1sxXV0=" * 50):
        with pytest.raises(Refused) as refused:
            queries.page(scene.doctor, after=cursor)
        assert refused.value.code == "cursor"


def test_bad_order(scene):
    """Only the orders there are, only pages of sensible size."""
    for more in ({"sort": "address"}, {"size": 0}, {"size": 10_000}):
        with pytest.raises(Refused):
            queries.page(scene.doctor, **more)
