"""Every view runs in a transaction and a scope; one that forgot who asks sees nothing."""

import pytest
from django.db import connection
from django.test import Client
from tests.integration.base.conftest import rows

DOCTOR = {"X-Actor": "doctor"}


@pytest.fixture
def browser(settings, guarded) -> Client:
    settings.ROOT_URLCONF = "tests.integration.base.stand_in"
    settings.MIDDLEWARE = ["gongwei.base.middleware.RequestScope"]
    settings.GONGWEI_ACTOR_RESOLVER = "tests.integration.base.stand_in.resolve"
    settings.GONGWEI_STATEMENT_TIMEOUT_MS = 300
    return Client(raise_request_exception=False)


def test_a_view_sees_what_its_actor_reaches(browser):
    assert browser.get("/plain", headers=DOCTOR).json() == {
        "ids": [1],
        "role": "gongwei_app",
        "limit": "300ms",
        "atomic": True,
    }


def test_a_view_without_actor_sees_nothing(browser):
    answer = browser.get("/plain").json()
    assert (answer["ids"], answer["role"]) == ([], "gongwei_app")


def test_a_template_is_rendered_within_the_scope(browser):
    assert browser.get("/lazy", headers=DOCTOR).content.decode() == "1|gongwei_app"


def test_a_stream_is_produced_within_the_scope(browser):
    assert b"".join(browser.get("/stream", headers=DOCTOR).streaming_content) == b"1|gongwei_app"
    assert b"".join(browser.get("/stream").streaming_content) == b"|gongwei_app"
    assert rows("select current_user = session_user") == [True]


def test_a_failing_view_leaves_nothing_behind_and_says_nothing(browser, caplog):
    response = browser.get("/fail", headers=DOCTOR)
    text = response.content.decode()
    assert response.status_code == 500
    assert "系统出错" in text
    assert "RuntimeError" not in text
    assert "张三" not in text
    assert rows("select name from test_guarded where id = 1") == ["x"]


def test_a_statement_that_takes_too_long_is_ended_with_a_clear_answer(browser):
    response = browser.get("/slow", headers=DOCTOR)
    assert response.status_code == 503
    assert "系统繁忙" in response.content.decode()
    assert browser.get("/plain", headers=DOCTOR).json()["ids"] == [1]


def test_an_unscoped_view_is_left_alone(browser):
    assert browser.get("/bare").json() == {"role": True}


def test_an_unknown_address_is_answered_in_chinese(browser):
    response = browser.get("/residents/110101199003070134")
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()
    assert "110101" not in response.content.decode()


def test_nothing_of_a_request_stays_on_the_connection(browser):
    browser.get("/plain", headers=DOCTOR)
    assert rows(
        "select current_user = session_user, coalesce(nullif(current_setting('gongwei.account', true), ''), '-')"
    ) == [(True, "-")]
    assert connection.in_atomic_block  # the one of the test
