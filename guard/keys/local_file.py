"""The local key file: one folder (0700), one file (0600), apart from the data.

The file holds the key encryption key, the root of the keyed hashes, and the Ed25519 key that signs the audit head. The
public half of that one lies beside it in `audit.pub`, so that the log can be verified without the file.

A key file is made once, by `LocalKeys.create`, and never again over data: without it the data cannot be read, and a new
one in its place would hide that.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guard.errors import ConfigurationError, KeyUnavailableError, TamperedError

FILE = "guard.key"
PUBLIC_FILE = "audit.pub"
_VERSION = 1
_NONCE = 12


@dataclass(frozen=True, slots=True)
class LocalKeys:
    """Key provider over the local key file; also the source of the keyed hashes and of the audit signature."""

    key_id: str
    _kek: bytes = field(repr=False)
    _root: bytes = field(repr=False)
    signing_key: Ed25519PrivateKey = field(repr=False)

    async def wrap(self, dek: bytes, context: bytes) -> bytes:
        """AES-256-GCM (NIST SP 800-38D) under a random nonce, the context as associated data."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._kek).encrypt(nonce, dek, context)

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open what `wrap` made, with the same context."""
        try:
            return AESGCM(self._kek).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
        except (InvalidTag, ValueError):
            raise TamperedError("A wrapped data key does not open with this key and context.") from None

    def derive(self, label: str) -> bytes:
        """A 32-byte key for one purpose, by HKDF-SHA256 (RFC 5869) over the root with `label` as info."""
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"guard/" + label.encode())
        return hkdf.derive(self._root)

    @staticmethod
    def create(folder: Path) -> LocalKeys:
        """Make the folder and the key file. Raises ConfigurationError when there is one already, or no place for it."""
        key = Ed25519PrivateKey.generate()
        content = {
            "version": _VERSION,
            "key_id": "local-" + secrets.token_hex(4),
            "kek": _text(secrets.token_bytes(32)),
            "root": _text(secrets.token_bytes(32)),
            "audit_signing_key": _text(key.private_bytes_raw()),
        }
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(folder / FILE, json.dumps(content).encode(), 0o600)
            (folder / PUBLIC_FILE).write_bytes(public_pem(key))
        except FileExistsError:
            raise ConfigurationError("There is a key file already; it is never replaced. See `keys.path`.") from None
        except OSError:
            raise ConfigurationError(
                f"The key folder {folder} cannot be written. Set `keys.path` to one that can."
            ) from None
        return LocalKeys.load(folder)

    @staticmethod
    def load(folder: Path) -> LocalKeys:
        """Read the key file. Raises KeyUnavailableError, which says what to do."""
        path = folder / FILE
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyUnavailableError(f"The key file {path} is open to other users. Do `chmod 600` on it.")
            content = json.loads(path.read_bytes())
            if content["version"] != _VERSION:
                raise KeyUnavailableError(f"The key file {path} is of a version that this Guard does not know.")
            return LocalKeys(
                str(content["key_id"]),
                _key(content["kek"]),
                _key(content["root"]),
                Ed25519PrivateKey.from_private_bytes(_key(content["audit_signing_key"])),
            )
        except FileNotFoundError:
            raise KeyUnavailableError(
                f"There is no key file {path}. Run `guard init` for a new installation, or restore it from a backup."
            ) from None
        except OSError:
            raise KeyUnavailableError(f"The key file {path} cannot be read. Check its owner and mode.") from None
        except (ValueError, KeyError, TypeError):
            raise KeyUnavailableError(f"The key file {path} is damaged. Restore it from a backup.") from None


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half, as PEM."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def exists(folder: Path) -> bool:
    """Whether there is a key file."""
    return (folder / FILE).exists()


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not exist yet: whole or not at all, and durable with its name in the folder.

    Data that is sealed under a key must not outlive it because the power failed.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)  # Unlike a rename, this never replaces.
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError
    return key
