"""Two clerks editing one person: three-way merge, conflicts kept, nothing lost (R5)."""

import datetime as dt
import itertools

import pytest
from tests.integration.residents.conftest import OTHER, SIBLING, card, file, person

from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import operations, profile, queries, sealing
from gongwei.residents.models import FieldConflict, Resident, ResidentChange, ResidentIdentifier


def edit(scene, resident, base=1, by=None, **changes):
    """Edit as the village doctor (or `by`)."""
    return operations.edit_resident(
        by=by or scene.doctor, at=scene.at, resident_id=resident.id, base_version=base, changes=changes
    )


def test_edit_keeps_a_trace(scene):
    """Time, person, unit, item, old and new value; numbers masked on the page, sealed in the table."""
    made = file(scene)
    done = edit(scene, made, address="5组8号", phone="13812345678")
    assert (set(done.changed), done.resident.version) == ({"address", "phone"}, 2)
    lines = {line.item: line for line in queries.changes_of(scene.doctor, made.id)}
    assert (lines["现住址"].old, lines["现住址"].new) == ("3组12号", "5组8号")
    assert (lines["本人电话"].old, lines["本人电话"].new) == ("139****5678", "138****5678")
    assert (lines["现住址"].who, lines["现住址"].organization) == ("村医甲", "village_a单位")
    assert ResidentChange.objects.get(field="phone").new is None


def test_different_items_merge(scene):
    """Both clerks saw version 1; each changed something else: both stand."""
    made = file(scene)
    edit(scene, made, address="5组8号")
    done = edit(scene, made, by=scene.clerk, contact_name="王强")
    assert done.conflicts == ()
    assert (done.resident.address, done.resident.contact_name) == ("5组8号", "王强")


def test_same_item_clashes(scene):
    """Theirs stands, both are kept with the base, and whoever decides sees three values."""
    made = file(scene)
    edit(scene, made, address="5组8号")
    done = edit(scene, made, by=scene.clerk, address="7组1号", employer="村小学")
    assert [row.field for row in done.conflicts] == ["address"]
    assert (done.resident.address, done.resident.employer) == ("5组8号", "村小学")
    line = queries.open_conflicts(scene.doctor, made.id)[0]
    assert (line.label, line.base, line.theirs, line.mine) == ("现住址", "3组12号", "5组8号", "7组1号")
    settled = operations.resolve_conflicts(
        by=scene.doctor, at=scene.at, resident_id=made.id, seen_version=3, choices={line.id: "mine"}
    )
    assert settled.resident.address == "7组1号"
    assert queries.open_conflicts(scene.doctor, made.id) == []


def test_sealed_items_clash_sealed(scene):
    """A clash of telephones keeps neither in plain."""
    made = file(scene)
    edit(scene, made, phone="13812345678")
    done = edit(scene, made, by=scene.clerk, phone="13712345678")
    row = FieldConflict.objects.get()
    assert (row.base, row.theirs, row.mine) == (None, None, None)
    assert [done.conflicts[0].field] == ["phone"]
    line = queries.open_conflicts(scene.doctor, made.id)[0]
    assert (line.base, line.theirs, line.mine) == ("139****5678", "138****5678", "137****5678")
    assert sealing.open_column(Resident.objects.get(), sealing.RESIDENT, "phone_cipher") == "13812345678"


def test_unchanged_items_touch_nothing(scene):
    """A form sends all its items; those the clerk did not change do not put old values back."""
    made = file(scene)
    edit(scene, made, address="5组8号")
    done = edit(scene, made, by=scene.clerk, address="3组12号", employer="村小学")
    assert (done.conflicts, done.changed, done.resident.address) == ((), ("employer",), "5组8号")


def test_double_click_is_one_edit(scene):
    """The same edit twice: no second version, no conflict; a repeated clash is one clash."""
    made = file(scene)
    edit(scene, made, address="5组8号")
    again = edit(scene, made, address="5组8号")
    assert (again.changed, again.conflicts, again.resident.version) == ((), (), 2)
    edit(scene, made, by=scene.clerk, address="7组1号")
    edit(scene, made, by=scene.clerk, address="7组1号")
    assert FieldConflict.objects.count() == 1


def test_document_and_birth_date_are_one(scene):
    """One corrects the document, another the name's year of birth by hand: they clash as a group."""
    made = file(scene)
    edit(scene, made, id_number=card(dt.date(1956, 8, 3), 102), birth_date="1956-08-03")
    done = edit(scene, made, by=scene.clerk, birth_date="1956-03-08", sex="2", name="张秀瑛")
    assert done.conflicts == ()
    assert (done.resident.name, done.resident.birth_date) == ("张秀瑛", dt.date(1956, 8, 3))
    assert done.resident.pinyin == ["zhangxiuying"]


def test_invalid_result_is_refused(scene):
    """What would not be accepted at filing is not accepted here; nothing is written."""
    made = file(scene)
    for changes, field in (
        ({"birth_date": "1956-03-09"}, "birth_date"),
        ({"name": ""}, "name"),
        ({"id_number": "320723195603081022"}, "id_number"),
        ({"area": str(OTHER)}, "area"),
    ):
        with pytest.raises(Refused) as refused:
            edit(scene, made, **changes)
        assert refused.value.field in {field, None}
    assert Resident.objects.get().version == 1
    assert not ResidentChange.objects.exists()


def test_document_of_somebody_else(scene):
    """Changing to a number that is on file is refused as at filing."""
    file(scene)
    other = file(scene, name="李四", sequence=111, phone="")
    with pytest.raises(Refused) as refused:
        edit(scene, other, id_number=card(dt.date(1956, 3, 8), 102), sex="2")
    assert refused.value.code == "duplicate"


def test_moved_on(scene):
    """A decision on a page that is no longer what stands is refused; so is a version from nowhere."""
    made = file(scene)
    edit(scene, made, address="5组8号")
    edit(scene, made, by=scene.clerk, address="7组1号")
    line = queries.open_conflicts(scene.doctor, made.id)[0]
    with pytest.raises(Refused) as refused:
        operations.resolve_conflicts(
            by=scene.doctor, at=scene.at, resident_id=made.id, seen_version=1, choices={line.id: "mine"}
        )
    assert refused.value.code == "version"
    with pytest.raises(Refused):
        edit(scene, made, base=9, address="x")


def test_not_ones_own(scene):
    """Another village's doctor gets the answer of a record that does not exist; an officer may look, not write."""
    made = file(scene)
    with pytest.raises(Refused) as refused:
        edit(scene, made, by=scene.sibling, address="x")
    assert refused.value.code == "not_found"
    with pytest.raises(policy.Forbidden):
        edit(scene, made, by=scene.officer, address="x")


def test_village_corrected_within_the_organization(scene):
    """Inside what the managing organization serves it is a correction, beyond it a transfer."""
    made = operations.register_resident(
        by=scene.clerk,
        at=scene.at,
        profile=person(),
        organization_id=scene.world.organizations["centre"].id,
    ).resident
    assert edit(scene, made, by=scene.clerk, area=str(SIBLING)).resident.area_id == SIBLING
    clinics = file(scene, name="李四", sequence=111, phone="")
    with pytest.raises(Refused) as refused:
        edit(scene, clinics, by=scene.clerk, area=str(SIBLING))
    assert refused.value.code == "needs_transfer"


def test_every_order_of_three_clerks(scene):
    """R5 on the database: all orders of three edits of one version; each value stands or waits."""
    edits = [
        {"address": "甲组", "employer": "甲厂"},
        {"address": "乙组", "contact_name": "乙某"},
        {"employer": "丙厂", "contact_name": "丙某", "hukou_address": "丙路"},
    ]
    for number, order in enumerate(itertools.permutations(edits)):
        made = file(scene, name=f"王{'甲乙丙丁戊己'[number]}", sequence=200 + number * 2, phone="")
        for changes in order:
            edit(scene, made, **changes)
        stands = profile.texts(Resident.objects.get(id=made.id))
        waits = set(FieldConflict.objects.filter(resident=made).values_list("field", "mine"))
        for changes in edits:
            for field, value in changes.items():
                assert stands[field] == value or (field, value) in waits, (order, field)
        assert len(waits) == 3


def clear(scene, resident, *names, base=1, by=None, reason="号码已停用", **changes):
    """Take numbers away as the village doctor (or `by`)."""
    return operations.edit_resident(
        by=by or scene.doctor,
        at=scene.at,
        resident_id=resident.id,
        base_version=base,
        changes=changes,
        clear=names,
        clear_reason=reason,
    )


def test_a_telephone_is_cleared_for_a_reason(scene):
    """Nobody answers to it any more: number and search keys go, the trace and the reason stay."""
    made = file(scene)
    done = clear(scene, made, "phone", address="5组8号")
    now = Resident.objects.get(id=made.id)
    assert set(done.changed) == {"phone", "address"}
    assert (now.phone_cipher, now.phone_key, now.phone_last4_key) == (None, None, None)
    assert now.contact_phone_cipher is not None
    lines = {line.item: line for line in queries.changes_of(scene.doctor, made.id)}
    assert (lines["本人电话"].old, lines["本人电话"].new) == ("139****5678", "")
    assert lines["本人电话"].business == "清除：号码已停用"
    assert lines["现住址"].business == "编辑"


def test_a_wrong_document_is_cleared_and_frees_its_number(scene):
    """The card was somebody else's: without a number the reason says why there is none, and its owner can be filed."""
    made = file(scene)
    clear(scene, made, "id_number", reason="误用他人号码")
    now = Resident.objects.get(id=made.id)
    assert (now.id_cipher, now.id_key, now.id_last4_key) == (None, None, None)
    assert (now.no_id_reason, now.birth_date) == ("误用他人号码", dt.date(1956, 3, 8))
    ended = ResidentIdentifier.objects.get(resident=made.id)
    assert (ended.until_on, ended.reason) == (dt.date(2025, 6, 2), "清除：误用他人号码")
    owner = file(scene, name="王桂芳", phone="", contact_phone="")
    assert owner.id != made.id


@pytest.mark.parametrize(
    ("names", "reason", "changes", "field"),
    [
        (("phone",), "  ", {}, "clear_reason"),
        (("phone",), "字" * 31, {}, "clear_reason"),
        (("phone",), "停机", {"phone": "13812345678"}, "phone"),
        (("name",), "不对", {}, "clear"),
    ],
)
def test_clearing_is_refused(scene, names, reason, changes, field):
    made = file(scene)
    with pytest.raises(Refused) as refused:
        clear(scene, made, *names, reason=reason, **changes)
    assert refused.value.field == field
    assert Resident.objects.get(id=made.id).version == 1


def test_clearing_what_somebody_changed_meanwhile_clashes(scene):
    """One put a new telephone in while the other took the old one away: the new one stands until somebody decides."""
    made = file(scene)
    edit(scene, made, phone="13812345678")
    done = clear(scene, made, "phone", by=scene.clerk)
    assert ([row.field for row in done.conflicts], done.changed) == (["phone"], ())
    line = queries.open_conflicts(scene.doctor, made.id)[0]
    assert (line.base, line.theirs, line.mine) == ("139****5678", "138****5678", "")
    operations.resolve_conflicts(
        by=scene.doctor, at=scene.at, resident_id=made.id, seen_version=2, choices={line.id: "mine"}
    )
    assert Resident.objects.get(id=made.id).phone_key is None


def test_clearing_a_document_somebody_corrected_meanwhile_clashes_as_a_group(scene):
    """The number and why there is none are one: neither half is written alone."""
    made = file(scene)
    edit(scene, made, id_number=card(dt.date(1956, 3, 8), 304))
    done = clear(scene, made, "id_number", by=scene.clerk, reason="无身份证")
    assert {row.field for row in done.conflicts} == {"id_number", "no_id_reason"}
    assert Resident.objects.get(id=made.id).id_key is not None


def test_both_clearing_is_one(scene):
    made = file(scene)
    clear(scene, made, "contact_phone")
    done = clear(scene, made, "contact_phone", by=scene.clerk, reason="家人已搬走")
    assert (done.conflicts, done.changed) == ((), ())
    assert Resident.objects.get(id=made.id).contact_phone_cipher is None
