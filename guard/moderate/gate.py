"""The gate: hold, judge, release. No word leaves before the unit that holds it has been judged.

Each unit is judged with the one before it. A unit at or over a `withhold` threshold ends its choice: what was released
stays, the unit and everything after it is dropped, and a notice that names the category takes their place. A profile
with `whole_reply` holds the choice until all of it is judged; one bad unit then leaves the notice alone.

Personal data of the types in the profile's `masked` that the model itself wrote is masked as `[TYPE]`, placeholders
excepted: those are the caller's own and are restored later.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from guard.errors import GeneratorError
from guard.model import Chunk, Grant, ModerationProfile, Released, Span, ToolCall, Usage, Verdict
from guard.moderate.protocol import Classifier
from guard.moderate.units import UnitCutter
from guard.moderate.verdict import judge, worst
from guard.moderate.view import PLACEHOLDER, judged_view

NOTICE = "[Withheld by policy: {category}]"
Detect = Callable[[Sequence[str]], Awaitable[list[list[Span]]]]


@dataclass(frozen=True, slots=True)
class GateModerator:
    """Moderator over one classifier. `detect` finds the personal data that is masked in what the model wrote."""

    classifier: Classifier
    detect: Detect

    def __call__(self, grant: Grant, choices: int = 1) -> Gate:
        return Gate(self.classifier, self.detect, grant.moderation, choices)

    @property
    def model_ids(self) -> tuple[str, ...]:
        return (self.classifier.model_id,)


@dataclass(slots=True)
class _Choice:
    """Where one choice stands."""

    index: int
    cutter: UnitCutter = field(default_factory=UnitCutter)
    before: str = ""
    verdict: Verdict = field(default_factory=Verdict)
    held: list[Released] = field(default_factory=list)
    any_text: bool = False
    over: bool = False


class Gate:
    """The moderation of one answer."""

    def __init__(self, classifier: Classifier, detect: Detect, profile: ModerationProfile, choices: int) -> None:
        self.usage = Usage()
        self._classifier = classifier
        self._detect = detect
        self._profile = profile
        self._choices = {index: _Choice(index) for index in range(choices)}

    async def released(self, chunks: AsyncIterable[Chunk]) -> AsyncGenerator[Released, None]:
        """Yield the judged pieces; return as soon as every choice is over, which stops the generator."""
        async for chunk in chunks:
            if chunk.usage:
                self.usage = chunk.usage
            choice = self._choices.get(chunk.choice)
            if choice is None or choice.over:
                continue
            async for piece in self._chunk(choice, chunk):
                yield piece
            if all(each.over for each in self._choices.values()) and self._withheld_any():
                return
        if not all(choice.over for choice in self._choices.values()):
            raise GeneratorError(reason_id="generator_ended_early")

    def _withheld_any(self) -> bool:
        # Without a withheld choice the generator ends by itself, and its usage comes last.
        return any(choice.verdict.action == "withhold" for choice in self._choices.values())

    async def _chunk(self, choice: _Choice, chunk: Chunk) -> AsyncGenerator[Released, None]:
        units = choice.cutter.feed(chunk.text)
        if chunk.finish_reason or chunk.tool_call:
            units += choice.cutter.flush()
        async for piece in self._judged(choice, units):
            yield piece
        if chunk.tool_call and not choice.over:
            async for piece in self._tool_call(choice, chunk.tool_call):
                yield piece
        if chunk.finish_reason and not choice.over:
            choice.over = True
            for held in choice.held:
                yield held
            yield Released(choice.index, verdict=choice.verdict, finish_reason=chunk.finish_reason)

    async def _judged(self, choice: _Choice, units: list[str]) -> AsyncGenerator[Released, None]:
        """Judge units that are ready together in one batch, then release them in order."""
        views = [judged_view(before, unit) for before, unit in zip([choice.before, *units], units, strict=False)]
        asked = [index for index, unit in enumerate(units) if unit.strip()]
        scores = await self._classifier.classify([views[index] for index in asked]) if asked else []
        verdicts = dict(zip(asked, (judge(score, self._profile) for score in scores), strict=True))
        for index, unit in enumerate(units):
            verdict = verdicts.get(index, Verdict())
            choice.verdict = worst(choice.verdict, verdict)
            if verdict.action == "withhold":
                yield self._withhold(choice, verdict)
                return
            text = await self._mask(choice.before, unit)
            choice.before = unit
            choice.any_text = True
            piece = Released(choice.index, text, verdict=choice.verdict)
            if self._profile.whole_reply:
                choice.held.append(piece)
            else:
                yield piece

    async def _tool_call(self, choice: _Choice, call: ToolCall) -> AsyncGenerator[Released, None]:
        """A tool call is one unit, its arguments judged whole."""
        (scores,) = await self._classifier.classify([judged_view("", f"{call.name} {call.arguments}")])
        verdict = judge(scores, self._profile)
        choice.verdict = worst(choice.verdict, verdict)
        if verdict.action == "withhold":
            yield self._withhold(choice, verdict)
            return
        piece = Released(choice.index, tool_call=call, verdict=choice.verdict)
        if self._profile.whole_reply:
            choice.held.append(piece)
        else:
            yield piece

    def _withhold(self, choice: _Choice, verdict: Verdict) -> Released:
        choice.over = True
        choice.held.clear()
        category = max(verdict.flagged, key=lambda name: verdict.scores.get(name, 1.0))
        shown_before = choice.any_text and not self._profile.whole_reply
        notice = ("\n\n" if shown_before else "") + NOTICE.format(category=category)
        return Released(choice.index, notice, None, choice.verdict, category, "content_filter")

    async def _mask(self, before: str, unit: str) -> str:
        """Mask what the model itself produced. A value may begin in the unit before: its rest is masked here."""
        if not self._profile.masked or not unit.strip():
            return unit
        (spans,) = await self._detect([before + unit])
        offset = len(before)
        wanted = [s for s in spans if s.entity_type in self._profile.masked and s.end > offset]
        return _substitute(unit, [(max(s.start - offset, 0), s.end - offset, s.entity_type) for s in wanted])


def _substitute(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Replace spans by `[TYPE]`; of overlapping ones the first and longest counts, and placeholders are left."""
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    parts, position = [], 0
    for start, end, entity_type in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < position or any(start < stop and begin < end for begin, stop in taken):
            continue
        parts += [text[position:start], f"[{entity_type}]"]
        position = end
    return "".join([*parts, text[position:]])
