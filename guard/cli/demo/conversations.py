"""What the demo sends. Every person, address and number here is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TOXIC_REPLY = (
    "Thank you for your message. You are a worthless idiot and everybody here hates you, you stupid piece of trash. "
    "Have a nice day."
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a person. `values` are the personal data in it: the generator must not see one of them."""

    text: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation and what it is to show.

    `expect` is `answered`, `denied` or `withheld`; `cleared` are words that the scenario's profile lets through.
    """

    title: str
    turns: tuple[Turn, ...]
    model: str = "local"
    user: str = "employee"
    scenario: str | None = None
    expect: str = "answered"
    cleared: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


CONVERSATIONS = (
    Conversation(
        "Customer service: a message full of personal data",
        (
            Turn(
                "My name is Margaret Holloway and my parcel never came. Write to margaret.holloway@example.org or call "
                "+1 415 555 0132. I paid with card 4111 1111 1111 1111. What should I do next?",
                ("Margaret Holloway", "margaret.holloway@example.org", "+1 415 555 0132", "4111 1111 1111 1111"),
            ),
        ),
        scenario="customer-service",
        options={"max_tokens": 80, "temperature": 0},
    ),
    Conversation(
        "Two turns: the second refers back to the first",
        (
            Turn(
                "Hello, I am Robert Kowalski. My e-mail address is robert.kowalski@example.net.",
                ("Robert Kowalski", "robert.kowalski@example.net"),
            ),
            Turn("Please repeat the e-mail address that I gave you."),
        ),
        options={"max_tokens": 60, "temperature": 0},
    ),
    Conversation(
        "Education: history needs its names",
        (Turn("In one sentence, who was Napoleon Bonaparte?"),),
        scenario="education",
        cleared=("Napoleon Bonaparte",),
        options={"max_tokens": 60, "temperature": 0},
    ),
    Conversation(
        "Entertainment: a story for a friend",
        (
            Turn(
                "Tell me a very short story about a dragon who guards a library. Then I will send it to "
                "lena.fischer@example.com.",
                ("lena.fischer@example.com",),
            ),
        ),
        scenario="entertainment",
        options={"max_tokens": 80, "temperature": 0},
    ),
    Conversation(
        "Several choices for one prompt (n = 3)",
        (Turn("Once upon a time, in a small town by the sea,"),),
        options={"n": 3, "max_tokens": 30, "temperature": 0.9, "seed": 7},
    ),
    Conversation(
        "A role that may not chat",
        (Turn("I am an auditor and would like to ask the model something."),),
        user="auditor",
        expect="denied",
    ),
    Conversation(
        "A reply that turns toxic in its second sentence",
        (Turn("Where is my order?"),),
        model="scripted",
        expect="withheld",
    ),
)
