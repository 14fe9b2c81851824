"""A small world with clerks in four places, and people to file."""

import datetime as dt
from types import SimpleNamespace

import pytest
from tests.integration.places import worlds

from gongwei.base import clock
from gongwei.residents import identity, operations

NOW = dt.datetime(2025, 6, 2, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2025, 6, 2)
OWN, SIBLING = worlds.key(660101, 101, 201), worlds.key(660101, 101, 202)
OTHER, FAR = worlds.key(660101, 102, 201), worlds.key(660102, 101, 201)


@pytest.fixture(autouse=True)
def own_home(settings, tmp_path):
    """Keys of its own, and cheap password hashes."""
    settings.HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def card(birth: dt.date, sequence: int, county: str = "660101") -> str:
    """A valid identity number."""
    body = f"{county}{birth:%Y%m%d}{sequence:03d}"
    return body + identity.check_character(body)


def person(**changes):
    """A profile as a clerk types it: 张秀英, born 1956-03-08, with everything filled in."""
    birth = changes.pop("born", dt.date(1956, 3, 8))
    sequence = changes.pop("sequence", 102)
    return {
        "name": "张秀英",
        "sex": "2" if sequence % 2 == 0 else "1",
        "birth_date": birth.isoformat(),
        "id_type": "01",
        "id_number": card(birth, sequence),
        "phone": "13912345678",
        "contact_name": "李强",
        "contact_phone": "13987654321",
        "area": str(OWN),
        "address": "3组12号",
        "residence_type": "1",
    } | changes


def actors_of(world):
    """Everybody the tests act as, by short names."""
    return SimpleNamespace(
        world=world,
        at=world.at,
        doctor=world.actor("village_doctor@village_a"),
        sibling=world.actor("village_doctor@village_b"),
        clerk=world.actor("township_clerk@centre"),
        township=world.actor("township_doctor@centre"),
        director=world.actor("township_director@centre"),
        other=world.actor("village_doctor@other_village"),
        far=world.actor("village_doctor@far_village"),
        officer=world.actor("county_officer@commission"),
        finance=world.actor("finance_officer@commission"),
    )


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def scene(db, at):
    """The world and its people."""
    return actors_of(worlds.build(at))


def file(scene, by=None, **changes):
    """File a person as the village doctor (or `by`) and return the resident."""
    return operations.register_resident(
        by=by or scene.doctor, at=scene.at, profile=person(**changes)
    ).resident


PEOPLE = [
    ("张秀英", dt.date(1956, 3, 8), 102, "13912345678"),
    ("张秀英", dt.date(1960, 7, 1), 104, "13912340002"),
    ("曾丽", dt.date(1990, 1, 1), 106, "13912340003"),
    ("单建国", dt.date(1970, 1, 1), 101, "13912340004"),
    ("欧阳娜娜", dt.date(2000, 6, 15), 108, "13912340005"),
    ("买买提·艾力", dt.date(1985, 5, 5), 103, "13912340006"),
    ("王秀英", dt.date(1956, 9, 9), 110, "051887654321"),
    ("解小宝", dt.date(2022, 6, 15), 113, ""),
]


@pytest.fixture
def village(scene):
    """Eight people of village a, and one of a far county with the name and the birth date of the first."""
    for name, born, sequence, phone in PEOPLE:
        file(scene, name=name, born=born, sequence=sequence, phone=phone)
    file(
        scene,
        by=scene.far,
        name="张秀英",
        born=dt.date(1956, 3, 8),
        sequence=302,
        phone="13912345679",
        area=str(FAR),
    )
    return scene
