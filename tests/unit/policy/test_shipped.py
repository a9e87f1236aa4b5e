"""The shipped policy is found, in a checkout and in the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.errors import PolicyError
from guard.policy import shipped


def test_it_is_found() -> None:
    assert (shipped.folder() / "rules.csv").is_file()


def test_the_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "guard" / "policy" / "default").mkdir(parents=True)
    (tmp_path / "policies").mkdir()
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path.joinpath(*package.split(".")))
    assert shipped.folder() == tmp_path / "guard" / "policy" / "default"
    (tmp_path / "guard" / "policy" / "default").rmdir()
    assert shipped.folder() == tmp_path / "policies"
    (tmp_path / "policies").rmdir()
    with pytest.raises(PolicyError):
        shipped.folder()
