"""Every answer names a policy: the one that decided where one did, else the one that the process enforces."""

from __future__ import annotations

from typing import Any

from guard.authorize.authorizer import PolicyAuthorizer
from guard.model import Credential, Grant, Principal
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot
from tests.unit.serving import KEY, House

OLD = Snapshot(shipped.load())
NEW = Snapshot(bundle.build({**OLD.bundle.files, "roles.toml": OLD.bundle.files["roles.toml"] + "# newer\n"}))
CHAT = {"model": "echo", "messages": [{"role": "user", "content": "Hello."}]}


class Swapping(PolicyAuthorizer):
    """Another policy comes into force in the moment before the decision, or in the one after it."""

    def __init__(self, *, before: bool) -> None:
        super().__init__(OLD)
        self._before = before

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        if self._before:
            self.replace(NEW)
        try:
            return await super().__call__(principal, model, scenario)
        finally:
            self.replace(NEW)


async def asked(authorize: PolicyAuthorizer, roles: tuple[str, ...], **body: Any) -> tuple[int, str]:
    house = House(stages={"authorize": authorize})

    async def who(_: Credential) -> Principal:
        return Principal("usr_ada", "default", roles)

    house.stages = {**house.stages, "authenticate": who}
    async with house.client(headers=KEY) as client:
        answer = await client.post("/v1/chat/completions", json=CHAT | body)
    return answer.status_code, answer.headers["x-guard-policy"]


async def test_an_answer_names_the_policy_that_decided() -> None:
    for body in ({}, {"stream": True}):
        assert await asked(Swapping(before=False), ("employee",), **body) == (200, OLD.policy)
        assert await asked(Swapping(before=True), ("employee",), **body) == (200, NEW.policy)


async def test_so_does_a_refusal() -> None:
    assert await asked(Swapping(before=False), ("auditor",)) == (403, OLD.policy)
    assert await asked(Swapping(before=True), ("auditor",)) == (403, NEW.policy)


async def test_what_no_policy_decided_names_the_one_in_force() -> None:
    async with House(stages={"authorize": PolicyAuthorizer(OLD)}).client() as client:
        for method, path in (("GET", "/nowhere"), ("GET", "/healthz"), ("GET", "/login"), ("PUT", "/healthz")):
            assert (await client.request(method, path)).headers["x-guard-policy"] == OLD.policy
        too_large = await client.post("/v1/chat/completions", content=b"x" * 200_000)
        assert (too_large.status_code, too_large.headers["x-guard-policy"]) == (413, OLD.policy)
        nobody = await client.post("/v1/chat/completions", json=CHAT)
        assert (nobody.status_code, nobody.headers["x-guard-policy"]) == (401, OLD.policy)
