"""What changed between two lists of drugs, and how a line of them reads."""

import datetime as dt

from gongwei.programmes.hypertension.forms import FollowUp
from gongwei.records import medications
from gongwei.records.medications import Prescription

JANUARY, APRIL, JULY = dt.date(2025, 1, 10), dt.date(2025, 4, 10), dt.date(2025, 7, 10)


def said(on, *drugs):
    return Prescription("htn_follow_up", on, None, drugs, "规律")


def test_a_line_reads_as_it_would_be_written():
    rows = [
        {"name": "苯磺酸氨氯地平片", "times_a_day": 1, "dose": "5.00", "dose_unit": "1"},
        {"name": "缬沙坦胶囊", "times_a_day": 2, "dose": "12.50", "dose_unit": "2"},
    ]
    assert medications.in_words(FollowUp.fields["medications"], rows) == [
        "苯磺酸氨氯地平片 每日1次 每次5mg",
        "缬沙坦胶囊 每日2次 每次12.5片",
    ]


def test_begun_stopped_and_another_dose():
    (change,) = medications.changes([said(JANUARY, "甲 每次5mg", "乙"), said(APRIL, "甲 每次10mg", "乙")])
    assert (change.on, change.begun, change.stopped) == (APRIL, ("甲 每次10mg",), ("甲 每次5mg",))
    assert change.words == "加用甲 每次10mg；停用甲 每次5mg"


def test_the_same_drugs_in_another_order_are_no_change():
    assert medications.changes([said(JANUARY, "甲", "乙"), said(APRIL, "乙", "甲")]) == []


def test_a_follow_up_that_names_no_drug_says_nothing():
    assert medications.changes([said(JANUARY, "甲"), said(APRIL), said(JULY, "甲")]) == []
    (change,) = medications.changes([said(JANUARY, "甲"), said(APRIL), said(JULY, "乙")])
    assert change.on == JULY


def test_the_first_list_is_no_change():
    assert medications.changes([said(JANUARY, "甲")]) == []
