from __future__ import annotations

import stat
from pathlib import Path

import pytest

from guard.errors import ConfigurationError, KeyUnavailableError, TamperedError
from guard.keys.local_file import FILE, LocalKeys


async def test_it_opens_what_it_wrapped_in_its_place_only(tmp_path: Path) -> None:
    keys = LocalKeys.create(tmp_path / "keys")
    wrapped = await keys.wrap(b"k" * 32, b"place")
    assert await LocalKeys.load(tmp_path / "keys").unwrap(wrapped, b"place") == b"k" * 32
    for changed, context in ((wrapped, b"other"), (wrapped[:-1] + b"\0", b"place"), (b"", b"place")):
        with pytest.raises(TamperedError):
            await keys.unwrap(changed, context)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    LocalKeys.create(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_it_is_never_replaced(tmp_path: Path) -> None:
    LocalKeys.create(tmp_path)
    with pytest.raises(ConfigurationError):
        LocalKeys.create(tmp_path)


def test_purposes_have_keys_of_their_own(tmp_path: Path) -> None:
    keys = LocalKeys.create(tmp_path)
    assert keys.derive("a") != keys.derive("b")
    assert keys.derive("a") == LocalKeys.load(tmp_path).derive("a")
    assert len(keys.derive("a")) == 32


def test_the_repr_shows_no_key(tmp_path: Path) -> None:
    keys = LocalKeys.create(tmp_path)
    assert repr(keys) == f"LocalKeys(key_id='{keys.key_id}')"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"not json", b'{"version": 9}', b'{"version": 1, "key_id": "x", "kek": "eA=="}']
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    LocalKeys.create(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(KeyUnavailableError):
        LocalKeys.load(tmp_path)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    LocalKeys.create(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(KeyUnavailableError, match="chmod 600"):
        LocalKeys.load(tmp_path)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailableError, match="guard init"):
        LocalKeys.load(tmp_path)
