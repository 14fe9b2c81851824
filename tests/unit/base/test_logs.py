"""Logs say where and what, never whom."""

import logging

import pytest
from django.db import IntegrityError

from gongwei.base import audit, logs

SECRETS = ["110101199003070134", "13800138000", "11010119900307013X"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text", ["GET /residents/?q={} HTTP/1.1", "resident {} not found", "身份证号{}重复", "x={}&y=1 {}"]
)
def test_numbers_and_queries_are_taken_out(text, secret):
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", (text.replace("{}", secret),), None)
    assert logs.WithoutPersonalData().filter(record)
    assert secret not in record.getMessage()
    assert secret[3:-4] not in record.getMessage()


def test_names_in_a_query_are_taken_out_and_ids_and_paths_stay():
    text = logs.clean("GET /residents/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/?name=张三&x=1 404")
    assert text == "GET /residents/017f22e2-79b0-7cc3-98c4-dc0c0c07398f/?… 404"


def test_a_statement_loses_its_parameters():
    record = logging.LogRecord(
        "django.db.backends", logging.DEBUG, "f", 1, "(%.3f) %s; args=%s", (0.1, "select", ("张三",)), None
    )
    record.duration = 0.1
    logs.WithoutPersonalData().filter(record)
    assert record.getMessage() == "statement took 0.100 s"


def test_a_database_error_loses_its_values():
    class Driver(Exception):
        class diag:
            sqlstate, table_name, constraint_name = "23505", "residents_resident", "one_id"

    told = "Key (name)=(张{}) already exists".format("三")  # put together, so that no source line holds it
    try:
        try:
            raise Driver(told)
        except Driver as cause:
            raise IntegrityError(told) from cause
    except IntegrityError as fault:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "boom", (), (type(fault), fault, fault.__traceback__)
        )
    logs.WithoutPersonalData().filter(record)
    written = logging.Formatter("%(message)s").format(record)
    assert "张三" not in written
    assert "23505 residents_resident one_id" in written
    assert "test_logs.py" in written


def test_a_request_does_not_stay_on_the_record():
    record = logging.LogRecord(
        "django.request", logging.ERROR, "f", 1, "Internal Server Error: %s", ("/x",), None
    )
    record.request = object()
    logs.WithoutPersonalData().filter(record)
    assert not hasattr(record, "request")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("110101199003070134", "**************0134"),
        ("11010119900307013X", "**************013X"),
        ("１３８００１３８０００", "*******８０００"),
        ("张三 1956", "张三 1956"),
        ("zs", "zs"),
    ],
)
def test_numbers_typed_into_a_search_are_masked_in_the_audit_trail(typed, kept):
    assert audit.masked(typed) == kept
