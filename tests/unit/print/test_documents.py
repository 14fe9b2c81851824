"""Many forms in one document, and lists."""

import datetime as dt
import time

import pytest
from tests.unit.print import reading

from gongwei import catalogue
from gongwei.interfaces.print import documents, heads

FOLLOW_UP = catalogue.form("htn_follow_up")


def bundles(count):
    """So many residents with one follow-up each."""
    return [
        documents.Bundle(
            FOLLOW_UP,
            [{"done_on": dt.date(2025, 3, 1), "systolic": 120 + number % 60, "symptoms": frozenset({"2"})}],
            heads.Head(name=f"居民{number}", record_no=f"660101101101{number:05d}"),
        )
        for number in range(1, count + 1)
    ]


def test_residents_stand_in_the_order_given_and_pages_count_anew():
    found = reading.pages(documents.many_pdf("一村", bundles(3), foot="打印人：李某"))
    assert [f"居民{number}" in page for number, page in enumerate(found, start=1)] == [True] * 3
    assert all(page.endswith("第1页") for page in found)


def test_a_list_has_its_headings_on_every_page():
    rows = [[f"居民{number}", "随访"] for number in range(80)]
    found = reading.pages(documents.list_pdf("待办清单", [("姓名", 1), ("服务", 2)], rows, lead="共80条"))
    assert len(found) > 1
    assert all("姓名服务" in page for page in found)
    assert "居民0" in found[0]
    assert "居民79" in found[-1]


def test_a_qr_code_is_only_there_with_a_number():
    (with_number,) = documents.sheets(bundles(1)[0])
    (without,) = documents.sheets(documents.Bundle(FOLLOW_UP, []))
    assert with_number["qr"].startswith("<svg")
    assert "qr" not in without


@pytest.mark.night
def test_a_village_of_300_follow_up_forms_takes_less_than_ten_seconds_of_work():
    began = time.process_time()
    content = documents.many_pdf("一村", bundles(300))
    assert time.process_time() - began < 10
    assert len(reading.pages(content)) == 300
