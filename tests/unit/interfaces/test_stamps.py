"""A stamped line is the rendered template, whatever is there and whatever must be escaped."""

import itertools

import pytest
from django.template.loader import get_template

from gongwei.interfaces.web import stamps

CONSTANTS = {
    "hide_place": False,
    "may_write": True,
    "may_call": True,
    "results": (("1", "不在家"), ("2", "拒绝")),
}
VALUES = {
    "id": "5", "name": "王<b>&'\"", "sex": "女", "age": "70岁", "tags": "", "file": "/residents/5/", "call": "/t/5/",
    "task": "/tasks/5/", "attempt": "/tasks/5/attempt/", "village": "前村", "address": "12号", "doctor": "李医生",
    "phone": "138****0001", "title": "高血压随访", "reason": "按期", "together": "", "last": "2025-03-01 不在家",
    "look": "gw-due", "when": "逾期3天", "due": "2025-03-01", "earliest": "02-14", "start": "/serve?a=1&b=2", "again": "",
    "submission": "s", "token": "t", "here": "/tasks/?a=1&b=2", "today": "2025-03-10",
}  # fmt: skip


@pytest.mark.parametrize(
    "absent", [(), ("phone",), ("start", "last"), ("doctor",), *itertools.combinations(("phone", "start"), 2)]
)
@pytest.mark.parametrize("again", ["", "1"])
def test_a_stamp_is_what_the_template_draws(absent, again):
    values = {**VALUES, **dict.fromkeys(absent, ""), "again": again}
    drawn = get_template("web/worklists/row.html").render({**CONSTANTS, "row": values})
    assert stamps.Stamp("web/worklists/row.html", **CONSTANTS).line(values) == drawn


def test_what_is_not_marked_as_safe_is_escaped():
    line = stamps.Stamp("web/worklists/row.html", **CONSTANTS).line(VALUES)
    assert "王<b>" not in line
    assert "王&lt;b&gt;&amp;&#x27;&quot;" in line
