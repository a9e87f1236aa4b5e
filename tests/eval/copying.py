"""Which forms of placeholders a small model copies right: `python -m tests.eval.copying [--prompts 20] [--model NAME]`.

Every prompt names two persons by placeholders and asks to repeat or use the first. Decoding is greedy and the order of the
prompts is fixed, so a run can be repeated. Counted is, by form: the placeholder of the first in the answer as it was; the
same with what the restorer forgives (case, brackets, underscores); and the second's in the first's place, which a
restorer would turn into a wrong value.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from guard.generate.transformers import create
from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

TOKENS = 24
PROMPTS = (
    "Repeat this sentence exactly: {a} met {b} in the morning.",
    "Who wrote the letter? {a} wrote the letter to {b}. Answer with the name only.",
    "Say hello to {a}. Do not say hello to {b}.",
    "{a} is a nurse and {b} is a teacher. What is the name of the nurse?",
    "Begin a short letter to {a} about {b} with Dear and the name.",
    "Complete the sentence with the name: The manager is {a}, not {b}. The manager is",
    "Translate into French: {a} thanks {b}.",
    "Write one sentence in which {a} helps {b}.",
    "List the two names, one a line: {a}, {b}.",
    "Correct the spelling: {a} recieved a mesage from {b}.",
    "Copy the first name that you read: {a}, {b}.",
    "What does {a} want? {a} wants to leave and {b} wants to stay.",
    "Write a subject line for an e-mail from {a} to {b}.",
    "{a} asked {b} for help. Who asked for help?",
    "Put this in the past tense: {a} visits {b}.",
    "Fill in JSON: the customer is {a}, the clerk is {b}. Give the member customer.",
    "Thank {a} in one sentence for the help with {b}.",
    "Make this polite: {a}, send {b} the file.",
    "Summarize in five words: {a} sold a house to {b}.",
    "Repeat the word between the quotes: '{a}'. Not '{b}'.",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of placeholders: how two are written, and how each is recognized with what is forgiven."""

    name: str
    pair: Callable[[int], tuple[str, str]]
    forgiving: Callable[[int, str], tuple[bool, bool]]


def _vault(number: int) -> tuple[Vault, list[str]]:
    vault = Vault(bytes([number]) * 32, {})
    return vault, [vault.placeholder("PERSON", value) for value in ("the first", "the second")]


def _coded(number: int, text: str) -> tuple[bool, bool]:
    vault, _ = _vault(number)
    restorer = PlaceholderRestorers().text(vault, restore=True)
    shown = restorer.feed(text) + restorer.flush()
    return "the first" in shown, "the second" in shown


def _counted(_number: int, text: str) -> tuple[bool, bool]:
    first, second = (bool(re.search(rf"(?i)(?<![a-z0-9])person\\?[_ -]{each}(?![a-z0-9])", text)) for each in (1, 2))
    return first, second


FORMS = (
    Form("<PERSON_XXXXXX>", lambda n: (_vault(n)[1][0], _vault(n)[1][1]), _coded),
    Form("PERSON_XXXXXX", lambda n: (_vault(n)[1][0].strip("<>"), _vault(n)[1][1].strip("<>")), _coded),
    Form("[PERSON_1]", lambda _n: ("[PERSON_1]", "[PERSON_2]"), _counted),
    Form("{{PERSON_1}}", lambda _n: ("{{PERSON_1}}", "{{PERSON_2}}"), _counted),
)


async def answers(model: str, prompts: Sequence[str]) -> list[str]:
    """What the model says to each, greedily."""
    with tempfile.TemporaryDirectory() as folder:
        generator = create({"model": model}, cache_dir=Path(folder))
        await generator.start()
        found = []
        for prompt in prompts:
            body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": TOKENS, "temperature": 0}
            found.append("".join([chunk.text async for chunk in generator(body)]))
        await generator.aclose()
        return found


async def run(model: str, count: int) -> None:
    asked = [
        (form, number, PROMPTS[number % len(PROMPTS)].format(a=form.pair(number)[0], b=form.pair(number)[1]))
        for form in FORMS
        for number in range(count)
    ]
    said = await answers(model, [prompt for _, _, prompt in asked])
    print(f"{model}, greedy, {TOKENS} tokens, n={count} prompts a form")
    print(f"{'form':18}{'as it was':>10}{'forgiven':>10}{'the other':>10}")
    for form in FORMS:
        own = [(number, text) for (each, number, _), text in zip(asked, said, strict=True) if each is form]
        exact = sum(form.pair(number)[0] in text for number, text in own)
        seen = [form.forgiving(number, text) for number, text in own]
        forgiven, wrong = sum(first for first, _ in seen), sum(second and not first for first, second in seen)
        print(f"{form.name:18}{exact / count:>10.0%}{forgiven / count:>10.0%}{wrong / count:>10.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--prompts", type=int, default=len(PROMPTS))
    options = parser.parse_args()
    asyncio.run(run(options.model, options.prompts))


if __name__ == "__main__":
    main()
