"""Ciphertext for what is sensitive: a key per person in a file of its own, outside the data directory and
outside the database's backup (docs/adr/0008-keys.md).

Destroying the file makes everything unreadable that was ever encrypted for the person, in rows, in history
and in backups of both.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32
LOOKUP = "lookup-key"


class KeyGone(Exception):
    """The person's key was destroyed, or the keys of another installation are in use."""


def encrypt(person_id: UUID, text: str) -> str:
    """AES-256-GCM under the person's key, which is made when there is none; bound to the person."""
    key = made(_path(person_id))
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), person_id.bytes)
    return base64.b64encode(nonce + sealed).decode()


def decrypt(person_id: UUID, ciphertext: str) -> str:
    """What was encrypted for this person. Raises KeyGone."""
    try:
        key = _path(person_id).read_bytes()
        sealed = base64.b64decode(ciphertext)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person_id.bytes).decode()
    except (FileNotFoundError, InvalidTag):
        raise KeyGone(str(person_id)) from None


def destroy(person_id: UUID) -> None:
    """Delete the person's key for good; doing it twice is no error."""
    _path(person_id).unlink(missing_ok=True)


def fingerprint(purpose: str, text: str) -> str:
    """A keyed hash (HMAC-SHA-256, hex) by which a value is found again without being stored."""
    key = made(settings.KEYS_DIR / LOOKUP)
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def made(path: Path) -> bytes:
    """The key in this file; written to the disk before anything is encrypted under it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        for folder in reversed(path.relative_to(settings.KEYS_DIR).parents):
            (settings.KEYS_DIR / folder).mkdir(mode=0o700, exist_ok=True)
    making = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        # Of two that make it at once, the first is the key.
        os.link(making, path)
    except FileExistsError:
        pass
    finally:
        making.unlink()
    return path.read_bytes()


def _path(person_id: UUID) -> Path:
    # The end of a UUIDv7 is random, its beginning the time.
    folder: Path = settings.KEYS_DIR / "people" / person_id.hex[-2:]
    return folder / str(person_id)
