"""A job says what it made in one click, in Chinese words only."""

from types import SimpleNamespace

import pytest
from django.urls import resolve

from gongwei.interfaces.web.presenters import running

KEY = "01a20328-02b4-73cb-8671-7700d55ceba1"


def job(result=None, state="succeeded", **arguments):
    return SimpleNamespace(
        id=KEY, title="结算", state=state, done=0, total=None, rate=None, message="", error_zh="", result=result,
        arguments=arguments, created_at=None, finished_at=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("result", "arguments", "page", "words"),
    [
        ({"settlement": KEY, "名称": "2025年结算"}, {}, "settlement", "打开结算"),
        ({"run": KEY, "名称": "试算"}, {}, "run", "打开指标结果"),
        ({"snapshot": KEY}, {}, "snapshots", "打开数据快照"),
        ({"机构": 3}, {"round_id": KEY}, "evaluation-round", "打开评价轮次"),
        ({"行数": 9}, {"upload_id": KEY}, "upload", "打开Excel上传"),
        (None, {"package_id": KEY}, "package", "打开数据包"),
    ],
)
def test_what_was_made_opens(result, arguments, page, words):
    ((url, said),) = running.opens(job(result, **arguments))
    assert (resolve(url).url_name, said) == (page, words)


def test_an_unfinished_or_failed_job_opens_nothing():
    assert running.job(job(state="failed", round_id=KEY))["opens"] == []
    assert running.job(job(state="running", round_id=KEY))["opens"] == []


def test_results_are_in_chinese_and_ids_are_left_out():
    shown = running.job(job({"settlement": KEY, "名称": "2025年结算", "residents": 7, "rules": "a1b2"}))[
        "result"
    ]
    assert shown == [("名称", "2025年结算"), ("居民", 7)]
