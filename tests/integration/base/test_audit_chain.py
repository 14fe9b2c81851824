"""The audit trail (R16): whatever a superuser changes behind the system's back is found."""

import json
import random
import threading
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from tests.integration.base.conftest import ELSEWHERE, VILLAGE, rows, settle, somebody

from gongwei.base import audit, digests, ids, keys, scope, seals, verification
from gongwei.base.actors import NOBODY, SYSTEM
from gongwei.site.commands import audit_verify

COLUMNS = [
    "account_id = gen_random_uuid()",
    "practitioner_id = null",
    "duty_id = gen_random_uuid()",
    "role = 'township_doctor'",
    "organization_id = null",
    "source = 'import'",
    "action = 'update'",
    "subject_kind = 'household'",
    "subject_id = subject_id || '0'",
    "area_key = coalesce(area_key, 0) + 1",
    "at = at + interval '1 microsecond'",
    "detail = detail || '{\"ids\": []}'",
    "mac = set_byte(mac, 4, get_byte(mac, 4) # 255)",
    "mac = ''",
    "xid = (xid::text::bigint + 1)::text::xid8",
    "id = gen_random_uuid()",
]


def fill(entries: int, by_transaction: int = 7) -> None:
    """Write entries in several transactions and seal them in several seals."""
    doctor = somebody(1, (VILLAGE, VILLAGE))
    for start in range(0, entries, by_transaction):
        with transaction.atomic():
            for number in range(start, min(entries, start + by_transaction)):
                audit.record(
                    by=doctor,
                    action="view" if number % 3 else "list",
                    subject_kind="resident",
                    subject_id=uuid.UUID(int=number) if number % 3 else None,
                    area_key=VILLAGE,
                    detail={"ids": [str(number)], "share": 0.5, "query": "张"} if not number % 3 else None,
                )
        if start % 28 == 0:
            settle()
            seals.seal()
            seals.anchor()
    settle()
    seals.seal()
    seals.anchor()


def run(sql: str, parameters: object = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


class Superuser:
    """Random ways to falsify the trail; each leaves the database changed within the present transaction."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kinds = [
            self.change_entry,
            self.remove_entries,
            self.insert_copy,
            self.insert_at_the_end,
            self.swap_places,
            self.swap_contents,
            self.remove_seal,
            self.change_seal,
            self.cut_off_the_tail,
            self.rebuild_after_change,
            self.rebuild_after_removal,
            self.empty_everything,
        ]

    def entry(self) -> uuid.UUID:
        return self.random.choice(rows("select id from base_auditentry order by xid, id"))

    def seal(self) -> int:
        return self.random.choice(rows("select number from base_auditseal order by number"))

    def change_entry(self) -> None:
        assert (
            run(f"update base_auditentry set {self.random.choice(COLUMNS)} where id = %s", [self.entry()])
            == 1
        )

    def remove_entries(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            run("delete from base_auditentry where id = %s", [self.entry()])

    def insert_copy(self) -> None:
        xid = self.random.choice(rows("select xid::text from base_auditentry"))
        self._insert(xid)

    def insert_at_the_end(self) -> None:
        self._insert(rows("select pg_current_xact_id()::text")[0])

    def _insert(self, xid: str) -> None:
        run(
            "insert into base_auditentry select %s, %s::xid8, at, account_id, practitioner_id, duty_id, role, "
            "organization_id, source, action, subject_kind, subject_id, area_key, detail, mac "
            "from base_auditentry where id = %s",
            [ids.uuid7(), xid, self.entry()],
        )

    def swap_places(self) -> None:
        first, second = self.random.sample(rows("select distinct xid::text from base_auditentry"), 2)
        one, two = (
            rows("select id from base_auditentry where xid = %s::xid8 limit 1", [xid])[0]
            for xid in (first, second)
        )
        run("update base_auditentry set xid = %s::xid8 where id = %s", [second, one])
        run("update base_auditentry set xid = %s::xid8 where id = %s", [first, two])

    def swap_contents(self) -> None:
        one, two = self.random.sample(rows("select id from base_auditentry"), 2)
        for here, there in ((one, uuid.UUID(int=0)), (two, one), (uuid.UUID(int=0), two)):
            run("update base_auditentry set id = %s where id = %s", [there, here])

    def remove_seal(self) -> None:
        run("delete from base_auditseal where number = %s", [self.seal()])

    def change_seal(self) -> None:
        change = self.random.choice(
            [
                "digest = overlay(digest placing '\\xff00'::bytea from 3 for 2)",
                "previous = overlay(previous placing '\\xff00'::bytea from 3 for 2)",
                "digests = overlay(digests placing '\\xff00'::bytea from 3 for 2)",
                "total = total - 1",
                "entries = entries + 1",
                "last_id = gen_random_uuid(), last_xid = '1'",
                "number = number + 100",
            ]
        )
        run(f"update base_auditseal set {change} where number = %s", [self.seal()])

    def cut_off_the_tail(self) -> None:
        seal = max(2, self.seal())
        run(
            "delete from base_auditentry e using base_auditseal s "
            "where s.number = %s and (e.xid, e.id) > (s.last_xid, s.last_id)",
            [seal - 1],
        )
        run("delete from base_auditseal where number >= %s", [seal])

    def empty_everything(self) -> None:
        run("delete from base_auditentry")
        run("delete from base_auditseal")

    def rebuild_after_change(self) -> None:
        """The strongest: knows the audit key, and makes entry, digests and the whole chain anew."""
        entry = self.entry()
        run("update base_auditentry set subject_id = 'another' where id = %s", [entry])
        row = rows(f"select {seals.ENTRY_COLUMNS} from base_auditentry where id = %s", [entry])[0]
        mac = (1).to_bytes(2, "big") + keys.keyring().mac("audit", 1, audit.content(tuple(row)))
        run("update base_auditentry set mac = %s where id = %s", [mac, entry])
        self._rebuild()

    def rebuild_after_removal(self) -> None:
        run("delete from base_auditentry where id = %s", [self.entry()])
        self._rebuild()

    def _rebuild(self) -> None:
        links = rows("select number, last_xid::text, last_id from base_auditseal order by number")
        after, previous, total = seals.START, digests.ZERO, 0
        for number, last_xid, last_id in links:
            entries = rows(
                f"select xid::text, mac, {seals.ENTRY_COLUMNS} from base_auditentry "
                "where (xid, id) > (%s::xid8, %s::uuid) and (xid, id) <= (%s::xid8, %s::uuid) order by xid, id",
                [*after, last_xid, last_id],
            )
            joined = b"".join(map(seals.entry_digest, entries))
            total += len(entries)
            digest = seals.link_digest(number, total, previous, joined)
            run(
                "update base_auditseal set entries = %s, total = %s, digests = %s, previous = %s, digest = %s "
                "where number = %s",
                [len(entries), total, joined, previous, digest, number],
            )
            after, previous = (last_xid, last_id), digest


def after(falsify: Callable[[], None]) -> list[verification.Tampering]:
    """What is found after a falsification, which is then undone."""
    with transaction.atomic():
        run("alter table base_auditentry disable trigger user")
        run("alter table base_auditseal disable trigger user")
        falsify()
        found = verification.verify()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db(transaction=True)
def test_of_500_random_falsifications_every_one_is_found():
    fill(70)
    assert verification.verify() == []
    attacker = Superuser(seed=20250310)
    missed, found_kinds = [], set()
    for number in range(500):
        kind = attacker.kinds[number % len(attacker.kinds)]
        found = after(kind)
        if not found:
            missed.append(kind.__name__)
        found_kinds |= {item.kind for item in found}
    assert missed == []
    assert {
        "changed",
        "removed",
        "inserted",
        "forged",
        "seal_gap",
        "seal_changed",
        "truncated",
        "rebuilt",
    } <= found_kinds
    assert verification.verify() == []


@pytest.mark.django_db(transaction=True)
def test_the_place_of_a_change_is_told():
    fill(20)
    entry = rows("select id from base_auditentry order by xid, id offset 10 limit 1")[0]
    run("alter table base_auditentry disable trigger user")
    run("update base_auditentry set subject_id = 'another' where id = %s", [entry])
    run("alter table base_auditentry enable trigger user")
    found = verification.verify()
    assert {(item.kind, item.entry_id) for item in found} == {("changed", str(entry)), ("forged", str(entry))}
    assert str(entry) in found[0].message


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda lines: [], "anchor_missing"),
        (lambda lines: None, "anchor_missing"),
        (lambda lines: [*lines[:-1], json.dumps({**json.loads(lines[-1]), "total": 1})], "anchor_forged"),
        (lambda lines: [*lines[:-1], "no line"], "anchor_forged"),
        (lambda lines: [*lines[:-1], json.dumps({**json.loads(lines[-1]), "mac": "00"})], "anchor_forged"),
    ],
)
def test_changes_of_the_anchor_file_are_found(change, kind):
    fill(30)
    path = seals.anchors_path()
    lines = change(path.read_text().splitlines())
    if lines is None:
        path.unlink()
    else:
        path.write_text("".join(f"{line}\n" for line in lines))
    assert kind in {item.kind for item in verification.verify()}


@pytest.mark.django_db(transaction=True)
def test_a_torn_last_line_is_no_forgery_and_the_next_anchor_stands():
    fill(30)
    with seals.anchors_path().open("ab") as file:
        file.write(b'{"number": 9')
    assert verification.verify() == []
    fill(5)
    anchors, _ = seals.read_anchors()
    assert anchors[-1].number == seals.head().number


@pytest.mark.django_db(transaction=True)
def test_an_anchor_is_written_once_for_each_head():
    fill(30)
    before = seals.anchors_path().read_bytes()
    assert seals.anchor() is None
    assert seals.anchors_path().read_bytes() == before


@pytest.mark.django_db(transaction=True)
def test_sealing_misses_nothing_and_makes_no_writer_wait(database_url):
    """Twenty writers with slow transactions, a sealer beside them: every entry sealed once, in a chain that holds."""
    stop, longest = threading.Event(), []

    def write(number: int) -> None:
        source, writer = random.Random(number), somebody(number + 1, (VILLAGE, VILLAGE))
        with psycopg.connect(database_url, autocommit=True) as own:
            for _ in range(15):
                with own.transaction():
                    for _ in range(4):
                        began = time.monotonic()
                        own.execute(
                            audit.INSERT,
                            audit.entry_values(by=writer, action="view", subject_kind="resident"),
                        )
                        longest.append(time.monotonic() - began)
                        time.sleep(source.random() * 0.02)
        connection.close()  # whoever comes first makes the key, and asks the database whether there was one

    def seal_all() -> None:
        while not stop.is_set():
            seals.seal(limit=50)
            time.sleep(0.005)
        connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    sealer = threading.Thread(target=seal_all)
    for thread in [*writers, sealer]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    sealer.join()
    settle()
    seals.seal()
    seals.anchor()
    assert seals.head().total == 20 * 15 * 4
    assert verification.verify() == []
    assert max(longest) < 2


@pytest.mark.django_db
def test_who_reads_the_trail(doctor, other):
    audit.record(by=doctor, action="view", subject_kind="resident", subject_id="1", area_key=VILLAGE)
    audit.record(by=doctor, action="view", subject_kind="resident", subject_id="2", area_key=ELSEWHERE)
    audit.record(by=NOBODY, action="login_failed", subject_kind="account", detail={"username": "li"})
    look = "select subject_id from base_auditentry order by subject_id"
    with scope.acting(doctor):
        assert rows(look) == ["1"]
    with scope.acting(other):
        assert rows(look) == ["2"]
    with scope.acting(somebody(3, role="audit_admin")):
        assert rows(look) == [""]
    with scope.acting(SYSTEM):
        assert rows(look) == ["", "1", "2"]


@pytest.mark.django_db
def test_nobody_writes_in_anothers_name(doctor, other):
    with scope.acting(doctor):
        audit.record(by=doctor, action="view", subject_kind="resident", subject_id="1", area_key=VILLAGE)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            audit.record(by=other, action="view", subject_kind="resident", subject_id="1", area_key=VILLAGE)


@pytest.mark.django_db
def test_a_list_keeps_its_query_masked_and_the_ids_it_returned(doctor):
    audit.read(
        by=doctor,
        subject_kind="resident",
        subject_ids=["a", "b"],
        query={"q": "110101199003070134", "名": "张\x00三", "age": 65, "share": 0.25},
    )
    action, detail = rows("select action, detail from base_auditentry")[0]
    detail = json.loads(detail)
    assert action == "list"
    assert detail["ids"] == ["a", "b"]
    assert detail["query"]["q"] == "**************0134"
    assert detail["query"]["age"] == 65
    assert verification.verify() == []


@pytest.mark.django_db
def test_an_action_without_a_name_is_refused(doctor):
    with pytest.raises(ValueError, match="no such action"):
        audit.record(by=doctor, action="fiddle", subject_kind="resident")


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_in_chinese_and_by_its_exit_status():
    fill(10)
    good = CliRunner().invoke(audit_verify.command, [])
    assert good.exit_code == 0
    assert "审计日志完好：已封存 10 条" in good.output
    run("alter table base_auditentry disable trigger user")
    run("delete from base_auditentry where id = (select id from base_auditentry limit 1)")
    run("alter table base_auditentry enable trigger user")
    bad = CliRunner().invoke(audit_verify.command, ["--json"])
    assert bad.exit_code == 1
    assert [item["kind"] for item in json.loads(bad.output)["problems"]] == ["removed"]
