"""A lost key file is said, never replaced in silence."""

import json

import pytest

from gongwei.base import audit, health, key_check, keys, sealed
from gongwei.base.actors import SYSTEM

TABLE, COLUMN = "places_practitionerphone", "phone_cipher"


@pytest.fixture
def lost(db, settings, tmp_path):
    """A database with an audit entry whose key file has gone."""
    settings.HOME = tmp_path / "before"
    audit.record(by=SYSTEM, action="view", subject_kind="resident", subject_id="1")
    assert key_check.in_use("audit")
    settings.HOME = tmp_path / "after"
    return tmp_path / "after"


def test_a_lost_key_file_is_not_made_anew_while_its_key_is_in_use(lost):
    with pytest.raises(keys.KeyMissing, match="不见了"):
        audit.record(by=SYSTEM, action="view", subject_kind="resident", subject_id="2")
    assert not (lost / "keys" / "audit.json").exists()


def test_a_key_nothing_was_made_with_is_made_on_first_use(lost):
    assert not key_check.in_use("blind")
    assert len(sealed.blind("13912345678", purpose="test")) == sealed.BLIND_BYTES
    assert (lost / "keys" / "blind.json").exists()


def test_the_service_is_not_ready_with_keys_that_do_not_open_the_data(db, settings, tmp_path, rf):
    from tests.integration.places import worlds

    from gongwei.base import clock
    from gongwei.places.models import PractitionerPhone

    settings.HOME = tmp_path / "before"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    world = worlds.build(clock.now())
    practitioner = world.practitioner("village_doctor@village_a")
    cipher = sealed.encrypt("13912345678", table=TABLE, column=COLUMN, row_id=practitioner.pk)
    PractitionerPhone.objects.update_or_create(practitioner=practitioner, defaults={"phone_cipher": cipher})
    assert json.loads(health.ready(rf.get("/health/ready")).content)["missing"] == []
    settings.HOME = tmp_path / "after"
    keys.FileKeyring(tmp_path / "after" / "keys").add_version("identity")
    assert json.loads(health.ready(rf.get("/health/ready")).content)["missing"] == ["keys"]
