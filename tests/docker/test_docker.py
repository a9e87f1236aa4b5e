"""The container files, checked without an engine: structure, the wheel in an empty root, an unprivileged run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
NOBODY = 65534
LIBRARIES = Path(yaml.__file__).parents[1]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continuation lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def last_stage() -> dict[str, str]:
    found = instructions()
    start = max(i for i, (name, _) in enumerate(found) if name == "FROM")
    return dict(found[start:])


def test_the_image_runs_the_server_as_nobody_in_particular() -> None:
    stage = last_stage()
    assert stage["USER"] == "10001:10001"
    assert stage["ENTRYPOINT"] == '["guard"]'
    assert stage["CMD"] == '["serve"]'
    assert stage["EXPOSE"] == "8080"
    assert "/readyz" in stage["HEALTHCHECK"]
    assert [name for name, _ in instructions()].count("FROM") == 2


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name, value in instructions():
        if name == "COPY" and not value.startswith("--from"):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignored, source


def test_every_setting_of_the_image_is_one() -> None:
    settings = {
        part.split("=")[0]: part.split("=")[1] for part in last_stage()["ENV"].split() if part.startswith("GUARD_")
    }
    done = subprocess.run(
        [sys.executable, "-c", "from guard.config import load; print(load().server.port)"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "8080", done.stderr


def test_compose_takes_every_right_away() -> None:
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    (service,) = compose["services"].values()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["ports"] == ["127.0.0.1:8080:8080"]
    mounted = [volume.split(":")[0] for volume in service["volumes"]]
    assert mounted == list(compose["volumes"]) == ["data", "keys"]
    assert (ROOT / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_everything(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "guard/py.typed",
        "guard/policy/default/model.conf",
        "guard/policy/default/rules.csv",
        "guard/models/guard-minilm/model.int8.onnx",
        "guard/models/guard-minilm/NOTICE",
        "guard/web/templates/chat.html",
        "guard/web/static/chat.js",
        "guard/migrations/versions/0001_the_first_tables.py",
    ):
        assert wanted in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def python_for_anybody() -> str:
    """An interpreter that another user can run, with this environment's libraries; skips where there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            subprocess.run(
                [python, "-c", "import sqlalchemy, cryptography"],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(LIBRARIES)},
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip(f"another user can run no {version} with these libraries: they lie in a folder closed to them")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_the_wheel_runs_from_an_empty_root_as_another_user(wheel: Path) -> None:
    """What the image does: the wheel in a folder of its own, run by a user who owns its data and nothing else."""
    folder = Path("/tmp") / f"guard-wheel-{os.getpid()}"  # A place that another user can reach.
    root, data = folder / "root", folder / "data"
    try:
        for each in (folder, root, data):
            each.mkdir(mode=0o755)
        os.chown(data, NOBODY, NOBODY)
        shutil.unpack_archive(wheel, root, "zip")
        code = (
            "import sys, os; sys.path[:0] = [os.environ['ROOT_OF_WHEEL']]; sys.argv[0] = 'guard'\n"
            "from guard.cli import main; import guard; assert guard.__file__.startswith(os.environ['ROOT_OF_WHEEL']); main()"
        )
        python = python_for_anybody()
        done = subprocess.run(
            [python, "-c", code, "init", "--json"],
            cwd=data,
            env={
                "PATH": os.environ["PATH"],
                "ROOT_OF_WHEEL": str(root),
                "PYTHONPATH": str(LIBRARIES),
                "GUARD_SERVER__DATA_DIR": str(data / "data"),
                "GUARD_KEYS__PATH": str(data / "keys"),
            },
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert '"api_key"' in done.stdout
        assert all(path.stat().st_uid == NOBODY for path in (data / "data").iterdir())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_compose_may_serve_with_several_workers() -> None:
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    (service,) = compose["services"].values()
    assert service["environment"] == {"GUARD_SERVER__WORKERS": "${GUARD_WORKERS:-1}"}
    # Compose puts the number there; without one the setting is what it is without compose.
    done = subprocess.run(
        [sys.executable, "-c", "from guard.config import load; print(load().server.workers)"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GUARD_SERVER__WORKERS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "2", done.stderr
