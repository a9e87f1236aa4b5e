"""pycasbin as the oracle: what it decides by the same model and rules, to compare our own decisions with.

pycasbin empties its model while it reloads, and for that time a deny rule is not there. So an enforcer here is built
once, from one bundle, and never changed: no load, no added or removed rule, no added role.

A caller's roles are Casbin's `g` rows of one subject. Roles are few and their combinations too, so there is one
enforcer for each set of roles and tenant that is seen; all of them share the rules.

pycasbin writes requests to its own log; it stays disabled. This is the only file that imports it, when first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from guard.errors import PolicyError
from guard.model import Rule
from guard.policy import names
from guard.policy.bundle import Bundle
from guard.policy.networks import read_address

if TYPE_CHECKING:
    import casbin

_SUBJECT = "principal:"
"""Stands for the caller. No role can be called so."""

_PARSING = threading.Lock()


class CasbinOracle:
    """One policy as pycasbin decides it. Safe to use from any thread.

    Args:
        bundle: the policy.

    Raises:
        PolicyError: pycasbin does not take the policy.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        # A rule that stands twice counts once: pycasbin's own adapter would not take it a second time.
        self._rows = [list(values) for values in dict.fromkeys(rule.values for rule in bundle.rules)]
        self._enforcer = lru_cache(256)(self._build)
        self._enforcer((), names.DEFAULT_TENANT)

    def decide(self, roles: Iterable[str], tenant: str, obj: str, act: str, address: str | None = None) -> Rule:
        """Decide one question and name the rule. Raises PolicyError when pycasbin fails, or needs an address."""
        model = self._bundle.model
        held = tuple(sorted(set(roles)))
        values = model.request_values(self._subject(held), tenant, obj, act, str(read_address(address) or ""))
        try:
            allowed, row = self._enforcer(held, tenant).enforce_ex(*values)
        except Exception:  # noqa: BLE001  (whatever it is: no decision, and nothing of the request quoted)
            raise PolicyError("pycasbin could not decide.") from None
        if not row:
            return Rule(names.DEFAULT_DENY, allowed=False)
        return Rule(", ".join(("p", *row)), allowed=bool(allowed))

    def _subject(self, held: tuple[str, ...]) -> str:
        """Without `g` a request's subject is the role itself; more than one role cannot be asked about."""
        if self._bundle.model.has_roles:
            return _SUBJECT
        if len(held) > 1:
            raise PolicyError("Under a model without roles pycasbin decides for one role at a time.")
        return held[0] if held else _SUBJECT

    def _build(self, roles: tuple[str, ...], tenant: str) -> casbin.Enforcer:
        """An enforcer that knows the rules and one subject with these roles."""
        import casbin

        try:
            model: Any = casbin.Enforcer.new_model(text=self._bundle.model.text)
            model["p"]["p"].policy = self._rows
            if self._bundle.model.has_roles:
                model["g"]["g"].policy = self._links(roles, tenant)
            enforcer = casbin.Enforcer(model)
            enforcer._get_expression = _parsed_once(model["m"]["m"].value)
            if self._bundle.model.has_roles:
                enforcer.build_role_links()
                # The role manager makes an entry for each name when it first meets it. Let it meet all of them now,
                # so that nothing is left to change once threads share it.
                enforcer.enforce(
                    *self._bundle.model.request_values(_SUBJECT, tenant, "nothing", "nothing", "192.0.2.1")
                )
        except Exception:  # noqa: BLE001
            raise PolicyError("pycasbin does not take this policy.") from None
        return enforcer

    def _links(self, roles: tuple[str, ...], tenant: str) -> list[list[str]]:
        links = self._bundle.links
        if not self._bundle.model.role_domains:
            return [[_SUBJECT, role] for role in roles] + [[link.role, link.included] for link in links]
        # `g` rows for every tenant are spelled out for this one: Casbin compares domains literally.
        hierarchy = [[link.role, link.included, tenant] for link in links if link.dom in ("*", tenant)]
        return [[_SUBJECT, role, tenant] for role in roles] + hierarchy


def _parsed_once(matcher: str) -> Any:
    """A `_get_expression` that evaluates a tree which was parsed once.

    pycasbin parses the text again for every decision. That costs time, and CPython 3.11 fails when two threads parse at
    the same moment (python/cpython#106905). The model is one, so the tree is one; evaluating does not change it.
    """
    import casbin
    from casbin.util import SimpleEval

    with _PARSING:
        tree = casbin.Enforcer._get_expression(matcher, {}).ast_parsed_value

    def expression(_matcher: str, functions: Mapping[str, Any]) -> Any:
        evaluator = SimpleEval("", functions)
        evaluator.ast_parsed_value = tree
        return evaluator

    return expression


def plain_enforcer(model_text: str, rows: Iterable[Sequence[str]], *, adapter: bool = False) -> casbin.Enforcer:
    """pycasbin as its documentation uses it, for measurements beside it.

    Args:
        rows: `p` and `g` rows, users as `g` rows.
        adapter: whether the rules come from a text adapter, so that `load_policy` reads them again.
    """
    import casbin

    model: Any = casbin.Enforcer.new_model(text=model_text)
    if adapter:
        from casbin.persist.adapters.string_adapter import StringAdapter

        return casbin.Enforcer(model, StringAdapter("\n".join(", ".join(row) for row in rows)))
    for kind, *values in rows:
        model[kind][kind].policy.append(values)
    enforcer = casbin.Enforcer(model)
    enforcer.build_role_links()
    return enforcer
