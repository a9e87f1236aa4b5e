"""Another policy is put in force in one step: at no instruction of it is there a moment without one."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from guard.authorize.authorizer import PolicyAuthorizer
from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot

WHO = Principal("user_1", "default", ("employee",))
DENY = "p, employee, *, generator/secret, use, deny"


def test_between_any_two_instructions_of_a_replacement_the_deny_is_there() -> None:
    """Threads take turns between instructions, hardly ever between these: so each of them is looked at."""
    base = shipped.load()
    rules = f"{base.files['rules.csv']}{DENY}\n"
    old = Snapshot(bundle.build({**base.files, "rules.csv": rules}))
    new = Snapshot(bundle.build({**base.files, "rules.csv": f"{rules}# another text\n"}))
    authorizer, seen = PolicyAuthorizer(old), []

    def look(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code is not PolicyAuthorizer.replace.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            seen.append((authorizer.policy, authorizer.decide(WHO, "generator/secret", "use").text))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        authorizer.replace(new)
    finally:
        sys.settrace(before)
    assert len(seen) > 3
    assert {rule for _, rule in seen} == {DENY}
    assert seen[0][0] == old.policy
    assert {policy for policy, _ in seen} == {old.policy, new.policy}
