"""What all subjects may do under one policy, question by question, as bit masks over the subjects.

A question finds the rules on its object and act in buckets, whatever their roles. The masks of a bucket say whom its
rules allow and deny, so that an answer for ten thousand people is a few operations on integers. Which rule decides is
asked for those alone whose answer changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from guard.policy.addresses import Addresses, addresses
from guard.policy.diff_subjects import Mask, Subjects
from guard.policy.index import NOBODY
from guard.policy.rules import Network
from guard.policy.snapshot import Snapshot

Bucket = tuple[str, str, bool]
"""Act, object or prefix, whether it is a prefix."""


@dataclass(frozen=True, slots=True)
class Masks:
    """Whom rules allow and deny; `_if`: when the address fits."""

    allow: Mask = 0
    deny: Mask = 0
    allow_if: Mask = 0
    deny_if: Mask = 0

    def __or__(self, other: Masks) -> Masks:
        return Masks(
            self.allow | other.allow,
            self.deny | other.deny,
            self.allow_if | other.allow_if,
            self.deny_if | other.deny_if,
        )

    @property
    def always(self) -> Mask:
        """Who is allowed from everywhere, and without a known address."""
        return self.allow & ~(self.deny | self.deny_if)

    @property
    def unsure(self) -> Mask:
        """For whom the address may decide."""
        return (self.allow & self.deny_if | self.allow_if & ~self.allow) & ~self.deny


class Rights:
    """One policy over the subjects.

    Args:
        snapshot: the policy.
        subjects: who is asked about.
    """

    def __init__(self, snapshot: Snapshot, subjects: Subjects) -> None:
        model = snapshot.bundle.model
        self.rules = snapshot.index.rules
        self._last = model.denies
        self._any_act = model.terms["act"] == "star"
        self._holders = subjects.holders(snapshot.index)
        self._subjects = subjects
        self._buckets: dict[Bucket, list[int]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        for order, rule in enumerate(self.rules):
            if rule.obj.endswith("*") and model.terms["obj"] == "prefix":
                self._buckets[rule.act, rule.obj[:-1], True].append(order)
                lengths[rule.act].add(len(rule.obj) - 1)
            else:
                self._buckets[rule.act, rule.obj, False].append(order)
        self._lengths = {act: tuple(sorted(found)) for act, found in lengths.items()}
        self._masks: dict[Bucket, Masks] = {}
        self._ranked: dict[tuple[Bucket, ...], list[int]] = {}

    @cached_property
    def networks(self) -> dict[int, Network]:
        """The networks of the rules with conditions, by the rule's place."""
        return {order: network for order, rule in enumerate(self.rules) if (network := rule.network) is not None}

    def buckets(self, obj: str, act: str) -> tuple[Bucket, ...]:
        """Where the rules on this object and act are."""
        found = []
        for wanted in (act, "*") if self._any_act else (act,):
            if (wanted, obj, False) in self._buckets:
                found.append((wanted, obj, False))
            for length in self._lengths.get(wanted, ()):
                if length > len(obj):
                    break
                if (wanted, obj[:length], True) in self._buckets:
                    found.append((wanted, obj[:length], True))
        return tuple(found)

    def masks(self, buckets: Iterable[Bucket]) -> Masks:
        """Whom the rules of these buckets allow and deny."""
        total = Masks()
        for bucket in buckets:
            # A pattern is asked about again and again, an object hardly; a hundred thousand masks would take much memory.
            found = self._masks.get(bucket) or self._of_rules(self._buckets[bucket])
            if bucket[2]:
                self._masks[bucket] = found
            total |= found
        return total

    def could(self, obj: str, act: str) -> Mask:
        """Who is allowed this from some address, or without one."""
        buckets = self.buckets(obj, act)
        masks = self.masks(buckets)
        found = masks.always
        if masks.unsure:
            conditional = self.conditional(buckets)
            for group in apart(masks.unsure, (masks.allow, *conditional.values())):
                if self.reach(masks, conditional, group & -group):
                    found |= group
        return found

    def deciding(self, buckets: tuple[Bucket, ...], mask: Mask) -> Iterator[tuple[int, Mask]]:
        """The rules that decide for the subjects of a set whose address is not known, and for whom each does."""
        if buckets not in self._ranked:
            self._ranked[buckets] = self._rank(order for bucket in buckets for order in self._buckets[bucket])
        for order in self._ranked[buckets]:
            if not mask:
                return
            if decided := mask & self._reached(order):
                yield order, decided
                mask &= ~decided
        if mask:
            yield NOBODY, mask

    def conditional(self, buckets: Iterable[Bucket]) -> dict[int, Mask]:
        """The rules with conditions in these buckets, and whom each is about."""
        return {
            order: self._reached(order)
            for bucket in buckets
            for order in self._buckets[bucket]
            if order in self.networks
        }

    def reach(self, masks: Masks, conditional: dict[int, Mask], subject: Mask) -> Addresses:
        """From which addresses one subject is allowed, when the address may decide."""
        if subject & (masks.deny | ~(masks.allow | masks.allow_if)):
            return ()
        allowed: list[Network] = []
        denied: list[Network] = []
        for order, reached in conditional.items():
            if subject & reached:
                (denied if self.rules[order].eft == "deny" else allowed).append(self.networks[order])
        return addresses(None if subject & masks.allow else allowed, denied)

    def _of_rules(self, orders: Iterable[int]) -> Masks:
        sums = {("allow", True): 0, ("deny", True): 0, ("allow", False): 0, ("deny", False): 0}
        for order in orders:
            rule = self.rules[order]
            sums[rule.eft, rule.ip == "*"] |= self._reached(order)
        return Masks(*sums.values())

    def _rank(self, orders: Iterable[int]) -> list[int]:
        """Rules in the order in which they get to decide. Without an address a condition of an allow fails."""
        denies: list[int] = []
        allows: list[int] = []
        for order in sorted(orders):
            if self.rules[order].eft == "deny":
                denies.append(order)
            elif self.rules[order].ip == "*":
                allows.append(order)
        return denies + (allows[::-1] if self._last else allows)

    def _reached(self, order: int) -> Mask:
        """Whom a rule is about."""
        rule = self.rules[order]
        held = self._holders.get(rule.sub, 0)
        return held if rule.dom == "*" else held & self._subjects.in_tenant(rule.dom)


def apart(mask: Mask, splits: Iterable[Mask]) -> list[Mask]:
    """The set in parts, apart where one of the splits tells two members apart."""
    parts = [mask]
    for split in splits:
        parts = [each for part in parts for each in (part & split, part & ~split) if each]
    return parts
