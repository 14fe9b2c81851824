"""No identity number and no telephone in plain text anywhere at rest (R18)."""

import itertools
import logging

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.base import slow_jobs
from tests.integration.base.conftest import rows

from gongwei.base import audit, idempotency, jobs, sealed
from gongwei.base.idempotency import Answer

CANARIES = [f"32072319{year}0101{year}" for year in range(1950, 1990)] + [f"1395550{n:04}" for n in range(40)]


@pytest.fixture
def register(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "create table test_canary (id int primary key, number_cipher bytea, number_key bytea unique)"
        )
        for row, canary in enumerate(CANARIES):
            cipher = sealed.encrypt(canary, table="test_canary", column="number_cipher", row_id=row)
            cursor.execute(
                "insert into test_canary values (%s, %s, %s)",
                [row, cipher, sealed.blind(canary, purpose="canary")],
            )


def everything() -> str:
    """Every row of every table, as text (bytes in hexadecimal, as a dump writes them)."""
    tables = rows(
        "select quote_ident(relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    return "\n".join(line for table in tables for line in rows(f"select t::text from {table} t"))


def test_no_table_holds_a_canary(register, doctor, tmp_path, caplog):
    for canary in CANARIES:
        audit.read(
            by=doctor,
            subject_kind="resident",
            subject_ids=[],
            query={"q": canary, "deep": [{canary: canary}]},
        )
        audit.record(by=doctor, action="search", subject_kind="resident", detail={"number": int(canary[:17])})
        idempotency.once(
            canary[-8:], by=doctor, request_digest=idempotency.digest_of({"id": canary}), run=Answer
        )
    dump = everything()
    assert len(dump) > 10_000
    for canary in CANARIES:
        for form in (canary, canary.encode().hex(), canary[::-1]):
            assert form not in dump
    # The search itself must be able to find something: the masked tails are there.
    assert CANARIES[0][-4:] in dump


def test_no_log_holds_a_canary(register, doctor):
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    from gongwei.base.logs import WithoutPersonalData

    handler.addFilter(WithoutPersonalData())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        for canary in CANARIES[:10]:
            logging.getLogger("django.request").error("Internal Server Error: /residents/?q=%s", canary)
            jobs.run_now(jobs.enqueue(slow_jobs.broken, by=doctor, secret=f"resident {canary} is broken").id)
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("create temp table if not exists t (number text unique)")
                    cursor.execute("insert into t values (%s), (%s)", [canary, canary])
            except IntegrityError:
                logging.getLogger("gongwei").exception("could not save %s", canary)
    finally:
        root.removeHandler(handler)
    assert len(lines) >= 30
    assert not [canary for canary in CANARIES for line in lines if canary in line]
    assert any("23505" in line for line in lines)


def test_every_swap_between_rows_is_refused(register):
    values = rows("select id, number_cipher from test_canary order by id limit 40")
    refused = 0
    for (row, _), (_, theirs) in itertools.permutations(values, 2):
        with pytest.raises(sealed.Tampered):
            sealed.decrypt(theirs, table="test_canary", column="number_cipher", row_id=row)
        refused += 1
    assert refused == 40 * 39
