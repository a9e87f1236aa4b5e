"""`guard doctor`: is everything here that an installation needs, and is it set up safely?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from guard.cli import context
from guard.cli.output import JsonOption, fail, print_json, print_table
from guard.errors import GuardError

if TYPE_CHECKING:
    from guard.config import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok`, `warning` or `error`, and what to do."""

    check: str
    status: str
    message: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="doctor")(doctor)


def doctor(as_json: JsonOption = False) -> None:
    """Check the installation. Exit code 1 when something is wrong."""
    from guard.telemetry.logging import configure

    configure()
    findings = asyncio.run(_all(context.settings()))
    rows = [{"check": each.check, "status": each.status, "message": each.message} for each in findings]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["check", "status", "message"])
    if any(each.status == "error" for each in findings):
        raise fail("something is wrong with this installation.")


async def _all(settings: Settings) -> list[Finding]:
    return [finding async for finding in _findings(settings)]


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield _apart(settings.data_dir, settings.key_dir)
    checks = [("installation", _installation), ("limits", _limits), ("detectors and classifier", _models)]
    if settings.oidc is not None:
        checks.append(("sign-in provider", _provider))
    for name, check in checks:
        try:
            yield Finding(name, "ok", await check(settings))
        except GuardError as error:
            yield Finding(name, "error", str(error))
    async for finding in _generators(settings):
        yield finding


def _apart(data: Path, keys: Path) -> Finding:
    """One folder, one backup or one stolen disk must not open the other."""
    if keys == data or data in keys.parents or keys in data.parents:
        return Finding("keys apart from data", "warning", "The keys lie with the data. Set `keys.path` elsewhere.")
    return Finding("keys apart from data", "ok", str(keys))


async def _installation(settings: Settings) -> str:
    from guard.wiring import opened

    async with opened(settings) as parts:
        revision = await parts.revisions.active()
        await parts.authorizer()
        return f"policy revision {revision.id}, {revision.hash[:19]}…, {len(await parts.users.list())} users"


async def _limits(settings: Settings) -> str:
    from guard.errors import UnavailableError
    from guard.limit.storage import opened

    async with opened(settings.limits.storage) as counting:
        if not await counting.storage.check():
            raise UnavailableError("The Redis of `limits.storage` does not answer, so every request is refused.")
        return "counted in Redis" if counting.shared else "counted in memory, by each server process for itself"


async def _provider(settings: Settings) -> str:
    from guard.wiring import provider_of

    assert settings.oidc is not None
    provider = provider_of(settings.oidc)
    try:
        await provider.metadata()
    finally:
        await provider.aclose()
    return settings.oidc.issuer


async def _models(settings: Settings) -> str:
    from guard.wiring import checkers

    async with checkers(settings.redact.countries) as checking:
        await checking.patterns.detect(["ready"])
        await checking.classifier.classify(["ready"])
        return ", ".join(name for ids in checking.model_ids.values() for name in ids)


async def _generators(settings: Settings) -> AsyncIterator[Finding]:
    from guard.policy import shipped
    from guard.wiring import make_generators

    try:
        generators = make_generators(settings, shipped.load().scenarios)
    except GuardError as error:
        yield Finding("generators", "error", str(error))
        return
    try:
        for name in generators.names():
            each = generators.find(name)
            await each.wait()
            problem = each.problem
            yield Finding(f"generator {name}", "error" if problem else "ok", str(problem or "ready"))
    finally:
        await generators.aclose()
