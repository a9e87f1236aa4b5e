"""The Casbin models that Guard decides by: a closed grammar, read strictly, refused where it is left.

The matcher is a conjunction of one term for each field that both definitions have:

    sub     g(r.sub, p.sub, r.dom)  or  g(r.sub, p.sub)  or  r.sub == p.sub
    dom     (p.dom == "*" || p.dom == r.dom)  or  p.dom == r.dom
    obj     keyMatch(r.obj, p.obj)  or  r.obj == p.obj
    act     r.act == p.act  or  (p.act == "*" || r.act == p.act)
    ip      (p.ip == "*" || ipMatch(r.ip, p.ip))

`dom`, `ip` and the effect may be left out; sides of `==` may change places. The effect is allow-override or allow-and-deny.
A model that allows what no rule allows, that ranks rules, that evaluates text of rules or that calls anything else is
refused: what is not understood cannot be decided closed. pycasbin reads the same text and is the oracle of the tests.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from typing import Final, Literal

from guard.errors import PolicyError
from guard.policy.source import wrong

MODEL_FILE = "model.conf"

_SECTIONS: Final = {
    "request_definition": "r",
    "policy_definition": "p",
    "role_definition": "g",
    "policy_effect": "e",
    "matchers": "m",
}
_REQUEST: Final = ("sub", "dom", "obj", "act", "ip")
_POLICY: Final = ("sub", "dom", "obj", "act", "ip", "eft")
_NEEDED: Final = ("sub", "obj", "act")

ALLOW_OVERRIDE: Final = "some(where (p.eft == allow))"
ALLOW_AND_DENY: Final = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"

_FORMS: Final[dict[str, dict[str, str]]] = {
    "sub": {"g(r.sub,p.sub,r.dom)": "roles in tenant", "g(r.sub,p.sub)": "roles", "r.sub==p.sub": "same"},
    "dom": {'(p.dom=="*"||p.dom==r.dom)': "star", "p.dom==r.dom": "same"},
    "obj": {"keyMatch(r.obj,p.obj)": "prefix", "r.obj==p.obj": "same"},
    "act": {"r.act==p.act": "same", '(p.act=="*"||r.act==p.act)': "star"},
    "ip": {'(p.ip=="*"||ipMatch(r.ip,p.ip))': "network"},
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was understood.

    Args:
        text: the file as pycasbin takes it, comments left out.
        request: fields of a request, in order.
        fields: fields of a `p` row, in order.
        terms: field to the way in which it is compared (see the module's grammar).
        denies: whether a deny that matches wins; else there are no denies.
    """

    text: str
    request: tuple[str, ...]
    fields: tuple[str, ...]
    terms: dict[str, str]
    denies: bool

    @property
    def has_roles(self) -> bool:
        """Whether roles may include roles (`g` rows)."""
        return self.terms["sub"] != "same"

    @property
    def role_domains(self) -> bool:
        """Whether a `g` row names a tenant."""
        return self.terms["sub"] == "roles in tenant"

    def request_values(self, sub: str, dom: str, obj: str, act: str, ip: str) -> list[str]:
        """The values of a request in the model's order."""
        values = {"sub": sub, "dom": dom, "obj": obj, "act": act, "ip": ip}
        return [values[name] for name in self.request]


def read_model(text: str) -> Model:
    """Read `model.conf`. Raises PolicyError with the place of what is not supported."""
    sections = _sections(text)
    request = _definition(text, sections, "r", _REQUEST)
    fields = _definition(text, sections, "p", _POLICY)
    if request != tuple(name for name in fields if name != "eft"):
        raise _refused(text, "r", "the request and the policy must have the same fields, but for `eft`.")
    terms = _terms(text, sections["m"], request)
    _check_roles(text, sections.get("g"), terms)
    denies = _effect(text, sections["e"], fields)
    lines = (f"[{name}]\n{key} = {sections[key]}" for name, key in _SECTIONS.items() if key in sections)
    return Model("\n".join(lines), request, fields, terms, denies)


def parsed(text: str) -> configparser.ConfigParser:
    """The sections of `model.conf`, whatever they are. Raises PolicyError with the place for what has none."""
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), strict=True, default_section=""
    )
    parser.optionxform = str  # type: ignore[assignment]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise wrong(MODEL_FILE, getattr(error, "lineno", None) or 1, "this is no Casbin model.") from None
    return parser


def _sections(text: str) -> dict[str, str]:
    """The value of each section's one key, white space folded."""
    parser = parsed(text)
    found: dict[str, str] = {}
    for name in parser.sections():
        key = _SECTIONS.get(name)
        if key is None:
            raise wrong(MODEL_FILE, _line(text, f"[{name}]"), "there is no such section in a supported model.")
        if list(parser[name]) != [key]:
            raise wrong(MODEL_FILE, _line(text, f"[{name}]"), f"this section has one key, `{key}`.")
        found[key] = " ".join(parser[name][key].split())
    for name, key in _SECTIONS.items():
        if key not in found and key != "g":
            raise wrong(MODEL_FILE, 1, f"the section [{name}] is missing.")
    return found


def _definition(text: str, sections: dict[str, str], key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in sections[key].split(","))
    in_order = tuple(name for name in known if name in names)
    if names != in_order or any(name not in names for name in _NEEDED):
        raise _refused(text, key, f"the fields are {', '.join(known)} in this order; {', '.join(_NEEDED)} are needed.")
    return names


def _terms(text: str, matcher: str, request: tuple[str, ...]) -> dict[str, str]:
    terms: dict[str, str] = {}
    for part in matcher.split("&&"):
        written = "".join(part.split())
        term = _turned(written)
        field, form = next(((f, forms[term]) for f, forms in _FORMS.items() if term in forms), ("", ""))
        if not field:
            raise _refused(text, "m", "a term of the matcher is not of a form that is supported.")
        if field in terms or field not in request:
            raise _refused(text, "m", f"the matcher must compare {field} once, if both definitions have it.")
        terms[field] = form
    if missing := [name for name in request if name not in terms]:
        raise _refused(text, "m", f"the matcher does not compare {', '.join(missing)}.")
    if terms["sub"] == "roles in tenant" and "dom" not in terms:
        raise _refused(text, "m", "the matcher asks for roles in a tenant, and the request has none.")
    return terms


def _turned(term: str) -> str:
    """The term with the sides of its comparisons as the table of forms has them."""
    turned = re.sub(r'"\*"==p\.(\w+)', r'p.\1=="*"', term)
    turned = re.sub(r"p\.(sub|obj|act)==r\.\1", r"r.\1==p.\1", turned)
    return re.sub(r"r\.dom==p\.dom", "p.dom==r.dom", turned)


def _check_roles(text: str, definition: str | None, terms: dict[str, str]) -> None:
    form: Literal["none", "_, _", "_, _, _"] = {"same": "none", "roles": "_, _", "roles in tenant": "_, _, _"}[
        terms["sub"]
    ]  # type: ignore[assignment]
    written = "none" if definition is None else ", ".join(definition.replace(" ", "").split(","))
    if written != form:
        raise _refused(text, "g", f"the matcher's g needs the role definition `g = {form}`.")


def _effect(text: str, effect: str, fields: tuple[str, ...]) -> bool:
    if effect not in (ALLOW_OVERRIDE, ALLOW_AND_DENY):
        raise _refused(text, "e", f"the effect must be `{ALLOW_AND_DENY}` or `{ALLOW_OVERRIDE}`.")
    if effect == ALLOW_AND_DENY and "eft" not in fields:
        raise _refused(text, "e", "the effect asks for deny rules, and the policy definition has no `eft`.")
    return effect == ALLOW_AND_DENY


def _refused(text: str, key: str, message: str) -> PolicyError:
    return wrong(MODEL_FILE, _line(text, f"{key} "), message)


def _line(text: str, start: str) -> int:
    """The first line that starts so, white space aside."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip().replace("=", " =").startswith(start):
            return number
    return 1
