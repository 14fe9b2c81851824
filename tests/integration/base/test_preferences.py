"""What an account likes is its own, and the last word stands."""

import pytest
from django.db import DatabaseError, transaction

from gongwei.base import preferences, scope


@pytest.mark.django_db
def test_kept_for_one_account_and_replaced(doctor, other):
    with scope.acting(doctor):
        assert preferences.of(doctor.account_id, "residents") is None
        preferences.keep(doctor.account_id, "residents", {"columns": ["phone"]})
        preferences.keep(doctor.account_id, "residents", {"columns": ["area"]})
        preferences.keep(doctor.account_id, "tasks", {"columns": []})
        assert preferences.of(doctor.account_id, "residents") == {"columns": ["area"]}
    with scope.acting(other):
        assert preferences.of(other.account_id, "residents") is None
        assert preferences.of(doctor.account_id, "residents") is None, "another account's is not seen"
        with pytest.raises(DatabaseError), transaction.atomic():
            preferences.keep(doctor.account_id, "residents", {})
