"""A key file is there whole, or not at all, and once."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from guard.errors import ConfigurationError, KeyUnavailableError
from guard.keys.local_file import FILE, PUBLIC_FILE, LocalKeys, exists


def test_a_crash_while_it_is_written_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: int) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(ConfigurationError):
            LocalKeys.create(tmp_path)
    assert not exists(tmp_path)
    assert LocalKeys.create(tmp_path).key_id


def test_of_several_at_once_one_makes_it(tmp_path: Path) -> None:
    made, refused = [], []

    def create() -> None:
        try:
            made.append(LocalKeys.create(tmp_path).key_id)
        except ConfigurationError:
            refused.append(True)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(refused) == 7
    assert LocalKeys.load(tmp_path).key_id == made[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((FILE, PUBLIC_FILE))


def test_the_public_half_lies_beside_it(tmp_path: Path) -> None:
    keys = LocalKeys.create(tmp_path)
    public = load_pem_public_key((tmp_path / PUBLIC_FILE).read_bytes())
    public.verify(keys.signing_key.sign(b"head"), b"head")  # type: ignore[union-attr, call-arg]


def test_keys_of_two_installations_have_nothing_in_common(tmp_path: Path) -> None:
    first, second = LocalKeys.create(tmp_path / "a"), LocalKeys.create(tmp_path / "b")
    assert first.key_id != second.key_id
    assert first.derive("x") != second.derive("x")


@pytest.mark.parametrize("content", [b"[]", b"null", b'{"version": 1, "key_id": 1, "kek": 2}', b"\xff", b'"text"'])
def test_what_is_no_key_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="backup"):
        LocalKeys.load(tmp_path)
