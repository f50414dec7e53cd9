"""Encryption under a key per person."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from huyuan.kernel.ids import uuid7
from huyuan.trace import keys


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, settings: Settings) -> Path:
    settings.KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


def test_what_was_encrypted_comes_back_for_the_same_person_alone() -> None:
    person, other = uuid7(), uuid7()
    sealed = keys.encrypt(person, "13812345678")
    assert "138" not in sealed and sealed != keys.encrypt(person, "13812345678")
    assert keys.decrypt(person, sealed) == "13812345678"
    keys.encrypt(other, "x")
    with pytest.raises(keys.KeyGone):
        keys.decrypt(other, sealed)


def test_changed_ciphertext_is_refused() -> None:
    person = uuid7()
    raw = bytearray(base64.b64decode(keys.encrypt(person, "13812345678")))
    raw[-1] ^= 1
    with pytest.raises(keys.KeyGone):
        keys.decrypt(person, base64.b64encode(raw).decode())


def test_a_destroyed_key_leaves_nothing_readable() -> None:
    person = uuid7()
    sealed = keys.encrypt(person, "13812345678")
    keys.destroy(person)
    keys.destroy(person)
    with pytest.raises(keys.KeyGone):
        keys.decrypt(person, sealed)
    # A new key does not open what was encrypted under the old one.
    keys.encrypt(person, "13912345678")
    with pytest.raises(keys.KeyGone):
        keys.decrypt(person, sealed)


def test_key_files_are_for_their_owner_alone(directory: Path) -> None:
    keys.encrypt(uuid7(), "x")
    keys.fingerprint("phone", "13812345678")
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    folders = [path for path in (directory, *directory.rglob("*")) if path.is_dir()]
    assert {path.stat().st_mode & 0o077 for path in folders} == {0}


def test_of_two_that_make_a_key_at_once_one_wins() -> None:
    person = uuid4()
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda number: keys.encrypt(person, str(number)), range(40)))
    assert [keys.decrypt(person, one) for one in sealed] == [str(number) for number in range(40)]


def test_a_fingerprint_needs_the_key(directory: Path) -> None:
    first = keys.fingerprint("phone", "13812345678")
    assert first == keys.fingerprint("phone", "13812345678") != keys.fingerprint("slip", "13812345678")
    os.unlink(directory / keys.LOOKUP)
    assert keys.fingerprint("phone", "13812345678") != first
