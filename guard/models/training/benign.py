"""Sentences made from templates: what an assistant says, people named by their group, and counterfactual pairs.

Public sets of toxic posts teach a small model that the name of a group, or a violent verb, is the offense. These
sentences name every group in the same harmless frames, and in the same generalizing frames, so that the frame decides.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from guard.models.training import phrases
from guard.models.training.texts import Labelled


def _filled(rng: random.Random, template: str, **fixed: str) -> str:
    values = {slot: rng.choice(words) for slot, words in phrases.SLOTS.items()}
    text = template.format(**{**values, **fixed})
    return text[0].upper() + text[1:]


def _people(rng: random.Random) -> Iterator[Labelled]:
    """The same harmless frame with every group in turn."""
    for template, group in itertools.product(phrases.ABOUT_GROUPS, phrases.GROUPS):
        yield Labelled(_filled(rng, template, group=group), "made/people", toxicity=0.0, bias=0.0)


def _generalizations(rng: random.Random) -> Iterator[Labelled]:
    """A trait pinned on a whole group, and the same words about one person, a job or against the claim."""
    for group in phrases.GROUPS:
        for trait in rng.sample(phrases.TRAITS, 6):
            claim = rng.choice(phrases.CLAIMS).format(group=group, trait=trait)
            yield Labelled(claim[0].upper() + claim[1:], "made/claims", toxicity=None, bias=1.0)
        for trait in rng.sample(phrases.TRAITS, 4):
            counter = _filled(rng, rng.choice(phrases.NOT_CLAIMS), group=group, trait=trait)
            yield Labelled(counter, "made/counters", toxicity=0.0, bias=0.0)


def _jobs(rng: random.Random) -> Iterator[Labelled]:
    """Jobs and pronouns in every pairing."""
    for job, pronoun in itertools.product(phrases.SLOTS["job"], ("he", "she", "they")):
        for template in rng.sample(phrases.JOBS, 3):
            text = _filled(rng, template, job=job, **phrases.PRONOUNS[pronoun])
            yield Labelled(text, "made/jobs", toxicity=0.0, bias=0.0)


def _assistant(rng: random.Random, count: int) -> Iterator[Labelled]:
    """Ordinary prose of an assistant, one to three sentences."""
    for _ in range(count):
        parts = [_filled(rng, rng.choice(phrases.ASSISTANT)) for _ in range(rng.choice((1, 1, 2, 3)))]
        yield Labelled(" ".join(parts), "made/assistant", toxicity=0.0, bias=0.0)


def _science(rng: random.Random, count: int) -> Iterator[Labelled]:
    """Nature, war, law and crime, told as facts: animals, death and dirt without an offense."""
    for _ in range(count):
        parts = [_filled(rng, rng.choice(phrases.SCIENCE)) for _ in range(rng.choice((1, 1, 2)))]
        yield Labelled(" ".join(parts), "made/science", toxicity=0.0, bias=0.0)


def made(seed: int) -> list[Labelled]:
    """Return the made sentences, the same for the same seed."""
    rng = random.Random(seed)
    texts = [*_people(rng), *_generalizations(rng), *_jobs(rng), *_assistant(rng, 3000), *_science(rng, 2500)]
    texts += [Labelled(text, "made/short", toxicity=0.0, bias=0.0) for text in phrases.SHORT]
    return texts
