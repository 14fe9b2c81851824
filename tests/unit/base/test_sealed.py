"""Sealed values open in their own place only; keys are made once, kept privately, and changed without loss."""

import itertools
import json
import multiprocessing
import os
import stat

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gongwei.base import keys, sealed

PLACE = {
    "table": "residents_resident",
    "column": "id_cipher",
    "row_id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
}


def test_what_is_sealed_opens():
    value = sealed.encrypt("110101199003070134", **PLACE)
    assert b"110101" not in value
    assert sealed.decrypt(value, **PLACE) == "110101199003070134"
    assert sealed.decrypt(memoryview(value), **PLACE) == "110101199003070134"


def test_nothing_stays_nothing():
    assert sealed.encrypt(None, **PLACE) is None
    assert sealed.decrypt(None, **PLACE) is None


def test_the_same_text_never_looks_the_same():
    assert len({sealed.encrypt("110101199003070134", **PLACE) for _ in range(500)}) == 500


def test_sm4_gcm_is_the_one_of_rfc_8998():
    # RFC 8998 appendix A.1
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    assert (encryptor.update(plain) + encryptor.finalize()).hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


def test_every_swap_between_places_is_refused():
    places = [
        {"table": table, "column": column, "row_id": row}
        for table in ("residents_resident", "residents_household")
        for column in ("id_cipher", "phone_cipher")
        for row in ("a", "b", 1, 11)
    ]
    values = [sealed.encrypt("13800138000", **place) for place in places]
    refused = 0
    for (here, place), (there, _) in itertools.permutations(enumerate(places), 2):
        with pytest.raises(sealed.Tampered):
            sealed.decrypt(values[there], **place)
        refused += 1
        assert here != there
    assert refused == 16 * 15


def test_every_flipped_bit_is_refused():
    value = sealed.encrypt("13800138000", **PLACE)
    for bit in range(len(value) * 8):
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises((sealed.Tampered, keys.KeyMissing)):
            sealed.decrypt(bytes(changed), **PLACE)


@pytest.mark.parametrize("length", range(42))
def test_what_was_cut_short_is_refused(length):
    with pytest.raises((sealed.Tampered, keys.KeyMissing)):
        sealed.decrypt(sealed.encrypt("13800138000", **PLACE)[:length], **PLACE)


def test_blind_indexes_find_equal_values_of_one_purpose_only():
    one = sealed.blind("110101199003070134", purpose="resident.id")
    assert len(one) == 16
    assert one == sealed.blind("110101199003070134", purpose="resident.id")
    assert one != sealed.blind("110101199003070134", purpose="resident.phone")
    assert one != sealed.blind("110101199003070135", purpose="resident.id")


def test_blind_indexes_need_the_key(settings, tmp_path):
    here = sealed.blind("0134", purpose="resident.id4")
    settings.HOME = tmp_path / "elsewhere"
    assert sealed.blind("0134", purpose="resident.id4") != here


def test_many_at_once_are_the_same():
    rows = [(str(number), f"1380013{number:04}") for number in range(50)] + [("x", None)]
    values = sealed.encrypt_many(rows, table="t", column="c")
    assert values[-1] is None
    assert [
        sealed.decrypt(value, table="t", column="c", row_id=row)
        for (row, _), value in zip(rows, values, strict=True)
    ] == [text for _, text in rows]
    assert sealed.blind_many(["1", None, "2"], purpose="p") == [
        sealed.blind("1", purpose="p"),
        None,
        sealed.blind("2", purpose="p"),
    ]


def test_key_files_belong_to_their_owner_alone(tmp_path):
    sealed.encrypt("1", **PLACE)
    path = tmp_path / "keys" / "identity.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_file_others_can_read_is_refused(tmp_path):
    keys.FileKeyring(tmp_path / "keys").current("identity")
    (tmp_path / "keys" / "identity.json").chmod(0o644)
    with pytest.raises(keys.KeyMissing, match="chmod 600"):
        keys.FileKeyring(tmp_path / "keys").current("identity")


def test_a_damaged_key_file_is_never_replaced(tmp_path):
    keys.FileKeyring(tmp_path / "keys").current("identity")
    path = tmp_path / "keys" / "identity.json"
    path.write_text("{")
    with pytest.raises(keys.KeyMissing, match="从备份恢复"):
        keys.FileKeyring(tmp_path / "keys").current("identity")
    assert path.read_text() == "{"


def _first_mac(folder, queue):
    queue.put(keys.FileKeyring(folder).mac("blind", 1, b"x"))


def test_processes_that_start_together_make_one_key(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_first_mac, args=(tmp_path / "keys", queue)) for _ in range(12)]
    for process in processes:
        process.start()
    made = {queue.get(timeout=300) for _ in processes}
    for process in processes:
        process.join()
    assert len(made) == 1


def test_a_new_version_seals_new_values_and_old_ones_still_open(settings):
    old = sealed.encrypt("13800138000", **PLACE)
    assert keys.keyring().add_version("identity") == 2
    new = sealed.encrypt("13800138000", **PLACE)
    assert (sealed.version_of(old), sealed.version_of(new)) == (1, 2)
    assert sealed.decrypt(old, **PLACE) == sealed.decrypt(new, **PLACE) == "13800138000"


def test_the_key_version_is_part_of_the_seal():
    assert keys.keyring().current("identity") == 1
    keys.keyring().add_version("identity")
    value = sealed.encrypt("13800138000", **PLACE)
    with pytest.raises(sealed.Tampered):
        sealed.decrypt(value[:1] + (1).to_bytes(2, "big") + value[3:], **PLACE)


def test_another_process_that_brings_in_a_key_is_noticed(tmp_path):
    mine, theirs = keys.FileKeyring(tmp_path / "keys"), keys.FileKeyring(tmp_path / "keys")
    assert mine.current("identity") == theirs.current("identity") == 1
    theirs.add_version("identity")
    mac = theirs.encrypt("identity", 2, bytes(12), b"x", b"")
    assert mine.decrypt("identity", 2, bytes(12), mac, b"") == b"x"
    assert mine.current("identity") == 2


def test_during_a_change_of_the_blind_key_a_search_asks_for_both():
    old = sealed.blind("0134", purpose="resident.id4")
    keys.keyring().add_version("blind")
    new = sealed.blind("0134", purpose="resident.id4")
    assert sealed.blinds("0134", purpose="resident.id4") == [new, old]
    assert old != new


def test_a_retired_key_is_gone_and_the_current_one_stays(tmp_path):
    ring = keys.keyring()
    old = sealed.encrypt("1", **PLACE)
    with pytest.raises(ValueError, match="current"):
        ring.retire("identity", 1)
    ring.add_version("identity")
    ring.retire("identity", 1)
    with pytest.raises(keys.KeyMissing, match="第 1 版"):
        sealed.decrypt(old, **PLACE)
    assert list(json.loads((tmp_path / "keys" / "identity.json").read_text())["versions"]) == ["2"]
    assert os.listdir(tmp_path / "keys")
