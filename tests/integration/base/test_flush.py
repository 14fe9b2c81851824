"""`flush`: a test database can be emptied, a real one never."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from tests.integration.base.conftest import rows

from gongwei.base import audit, jobs, rotation
from gongwei.base.actors import SYSTEM


@pytest.mark.django_db(transaction=True)
def test_a_test_database_is_emptied_and_guarded_again():
    audit.record(by=SYSTEM, action="view", subject_kind="resident")
    jobs.enqueue(rotation.rotate, by=SYSTEM, purpose="identity")
    call_command("flush", verbosity=0, interactive=False)
    assert rows("select count(*) from base_auditentry") == [0]
    assert rows("select count(*) from procrastinate_jobs") == [0]
    audit.record(by=SYSTEM, action="view", subject_kind="resident")
    with pytest.raises(DatabaseError, match="只增不改"):
        rows("delete from base_auditentry returning 1")


@pytest.mark.django_db
def test_a_real_database_is_not(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "NAME", "gongwei")
    with pytest.raises(CommandError, match="只增不减"):
        call_command("flush", verbosity=0, interactive=False)
