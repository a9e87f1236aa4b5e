"""The rules: rows of `rules.csv`, read strictly.

pycasbin's own reader splits at commas again after brackets, drops what it does not know, and lets a row of the wrong
arity fail every later decision. Here such a row is refused, with its place, before Casbin sees anything.

A row is `p` or `g` and its fields, with commas between them and, if wanted, spaces behind the commas. There are no quotes
and no escapes: no field may hold what would need one. Lines that are empty or begin with `#` are skipped.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from guard.errors import PolicyError
from guard.policy import hierarchy, names
from guard.policy.casbin_model import Model
from guard.policy.source import wrong

RULES = "rules.csv"
FIELDS = ("sub", "dom", "obj", "act", "eft")
"""The fields of a `p` row under the shipped model, in order."""

_EFFECT = re.compile("allow|deny")
_ADDRESS = re.compile(r"\*|[0-9a-f.:]+(?:/[0-9]{1,3})?")
_TENANT = re.compile(rf"\*|{names.TENANT.pattern}")
GRAMMAR = {
    "sub": ("role", names.ROLE),
    "dom": ("tenant", _TENANT),
    "obj": ("object", names.OBJECT_PATTERN),
    "act": ("act", names.ACT),
    "ip": ("address", _ADDRESS),
    "eft": ("effect", _EFFECT),
    "role": ("role", names.ROLE),
    "included": ("included role", names.ROLE),
}
"""What a field is called, and what it may be."""

_ALLOW = re.compile("allow")
_EXACT = names.OBJECT
_ANY_ACT = re.compile(rf"\*|{names.ACT.pattern}")
MODEL_GRAMMAR = {"act": ("act", _ANY_ACT)}
"""What some model allows in a field beyond `GRAMMAR`."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Overrides = Mapping[str, re.Pattern[str]]
_NO_OVERRIDES: Overrides = MappingProxyType({})

_SKIPPED = re.compile(r"[ \t]*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A `p` row. What the model has no field for stands at its default: any tenant, any address, allow.

    Args:
        line: from 1.
        ip: an address or a network in its shortest spelling, or `*`.
        fields: those that the row has, in the model's order.
    """

    sub: str
    dom: str
    obj: str
    act: str
    eft: str
    line: int
    ip: str = "*"
    fields: tuple[str, ...] = field(default=FIELDS, repr=False)

    @property
    def network(self) -> Network | None:
        """The network of its condition on the caller's address; `None` for any address."""
        return None if self.ip == "*" else ipaddress.ip_network(self.ip)

    @property
    def values(self) -> tuple[str, ...]:
        """The fields as Casbin takes them."""
        return tuple(getattr(self, name) for name in self.fields)

    @property
    def text(self) -> str:
        """The row as written."""
        return ", ".join(("p", *self.values))


@dataclass(frozen=True, slots=True)
class RoleLink:
    """A `g` row: whoever has `role` in `dom` has `included` too. Without domains in the model, `dom` is `*`."""

    role: str
    included: str
    dom: str
    line: int
    domains: bool = field(default=True, repr=False)

    @property
    def text(self) -> str:
        """The row as written."""
        return ", ".join(("g", self.role, self.included, self.dom)[: 4 if self.domains else 3])


def form_of(model: Model) -> tuple[tuple[str, ...], bool, Overrides]:
    """The arguments of `scan` behind the text: how rows look under a model.

    What could never match under it is refused: a pattern where objects are compared literally, a deny that would not be
    asked.
    """
    overrides = {}
    if model.terms["obj"] == "same":
        overrides["obj"] = _EXACT
    if model.terms["act"] == "star":
        overrides["act"] = _ANY_ACT
    if model.terms.get("dom") == "same":
        overrides["dom"] = names.TENANT
    if not model.denies:
        overrides["eft"] = _ALLOW
    return model.fields, model.role_domains, overrides


def read(
    text: str, fields: Sequence[str] = FIELDS, domains: bool = True, overrides: Overrides = _NO_OVERRIDES
) -> tuple[tuple[PolicyRule, ...], tuple[RoleLink, ...]]:
    """Read `rules.csv`. Raises PolicyError that names the place, for the first error.

    Args:
        fields: what a `p` row consists of, in order: some of sub, dom, obj, act, ip, eft.
        domains: whether a `g` row has a tenant.
        overrides: field to what it may be, where that is not what `GRAMMAR` says.
    """
    rules, links, errors = scan(text, fields, domains, overrides)
    if errors:
        raise errors[0]
    return rules, links


def scan(
    text: str, fields: Sequence[str] = FIELDS, domains: bool = True, overrides: Overrides = _NO_OVERRIDES
) -> tuple[tuple[PolicyRule, ...], tuple[RoleLink, ...], list[PolicyError]]:
    """Read what can be read of `rules.csv`, with an error for every line that cannot, in order, as `read` takes it."""
    forms = _Forms(tuple(fields), domains, overrides)
    rules: list[PolicyRule] = []
    links: list[RoleLink] = []
    errors: list[PolicyError] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        row = forms.row(line, number)
        if isinstance(row, PolicyRule):
            rules.append(row)
        elif isinstance(row, RoleLink):
            links.append(row)
        elif row is not None:
            errors.append(row)
    for at, message in hierarchy.problems(links):
        errors.append(wrong(RULES, at.line, message, _columns(lines[at.line - 1])[1]))
    return tuple(rules), tuple(links), errors


class _Forms:
    """The forms of a row under one model."""

    def __init__(self, fields: tuple[str, ...], domains: bool, overrides: Overrides) -> None:
        self._fields, self._domains = fields, domains
        grammar = {name: pattern for name, (_, pattern) in GRAMMAR.items()}
        # A role may be included in every tenant, however the model compares the tenants of rules.
        self._grammar = {"p": {**grammar, **overrides}, "g": grammar}
        self._forms = {"p": fields, "g": ("role", "included", "dom")[: 3 if domains else 2]}
        self._patterns = {kind: self._row_pattern(kind, form) for kind, form in self._forms.items()}
        self._absent = {"dom": "*", "ip": "*", "eft": "allow"}

    def row(self, line: str, number: int) -> PolicyRule | RoleLink | PolicyError | None:
        """The row of a line, what is wrong with it, or nothing where there is none."""
        pattern = self._patterns.get(line[:1])
        found = pattern.fullmatch(line) if pattern else None
        if found is None:
            if _SKIPPED.fullmatch(line):
                return None
            # Spaces before the row are layout, as they are behind its commas.
            found = next(
                (match for each in self._patterns.values() if (match := each.fullmatch(line.lstrip(" ")))), None
            )
        if found is None:
            return self._complaint(line, number)
        values = found.groupdict()
        if not _is_address(values.get("ip", "*")):
            return self._complaint(line, number)
        if "role" in values:
            return RoleLink(values["role"], values["included"], values.get("dom", "*"), number, self._domains)
        return PolicyRule(**{**self._absent, **values}, line=number, fields=self._fields)

    def _complaint(self, line: str, number: int) -> PolicyError:
        kind, *values = (value.lstrip(" ") for value in line.rstrip(" \t").split(","))
        columns = _columns(line)
        if kind not in self._forms:
            return wrong(RULES, number, "a rule starts with `p` or `g`.", columns[0])
        form = self._forms[kind]
        if len(values) != len(form):
            message = f"a `{kind}` rule has {len(form) + 1} fields, this one has {len(values) + 1}."
            surplus = columns[len(form) + 1] if len(values) > len(form) else len(line.rstrip(" \t")) + 1
            return wrong(RULES, number, message, surplus)
        for position, (name, value) in enumerate(zip(form, values, strict=True), 2):
            if not self._fits(kind, name, value):
                hint = "is empty" if not value else "holds a character or a form that is refused"
                message = f"field {position} ({GRAMMAR[name][0]}) {hint}."
                return wrong(RULES, number, message, columns[position - 1])
        raise AssertionError("every field fits, so the row does")

    def _fits(self, kind: str, name: str, value: str) -> bool:
        return bool(self._grammar[kind][name].fullmatch(value)) and (name != "ip" or _is_address(value))

    def _row_pattern(self, kind: str, form: tuple[str, ...]) -> re.Pattern[str]:
        fields = "".join(rf", *(?P<{name}>{self._grammar[kind][name].pattern})" for name in form)
        return re.compile(rf"{kind}{fields}[ \t]*")


def _columns(line: str) -> list[int]:
    """The column, from 1, where each field of a row starts."""
    columns, at = [], 0
    for value in line.split(","):
        columns.append(at + len(value) - len(value.lstrip(" ")) + 1)
        at += len(value) + 1
    return columns


@lru_cache(maxsize=4096)
def _is_address(value: str) -> bool:
    """Whether this is `*`, or an address or network in the one spelling that the standard library gives it.

    An IPv4 address written as IPv6 is none: no request comes from one.
    """
    if value == "*":
        return True
    try:
        network = ipaddress.ip_network(value)
        written = str(network if "/" in value else ipaddress.ip_address(value))
    except ValueError:
        return False
    first = network.network_address
    return written == value and getattr(first, "ipv4_mapped", None) is None
