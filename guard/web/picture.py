"""A distribution of scores as a picture: bars and the lines of thresholds. The numbers stand beside it as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guard.policy.observed import bars

_WIDTH, _HEIGHT, _BARS = 400, 80, 40


def distribution(scores: Mapping[int, int], thresholds: Sequence[float]) -> str:
    """An SVG of its own: no script, no style, colours that can be seen on light and dark.

    Args:
        scores: per mille to how many had it.
        thresholds: probabilities.
    """
    counts = bars(scores, _BARS)
    most, width = max([*counts, 1]), _WIDTH / _BARS
    shapes = []
    for step, count in enumerate(counts):
        # What is rare is seen too: beside thousands of harmless answers the few others matter.
        height = max(2.0, (_HEIGHT - 4) * count / most) if count else 0.0
        shapes.append(
            f'<rect x="{step * width + 0.5:g}" y="{_HEIGHT - height:.1f}" width="{width - 1:g}" height="{height:.1f}"/>'
        )
    lines = [f'<path d="M{_WIDTH * each:.1f} 0V{_HEIGHT}"/>' for each in thresholds]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<g fill="#4c9480">{"".join(shapes)}</g>'
        f'<path d="M0 {_HEIGHT - 0.5}H{_WIDTH}" stroke="#808a85"/>'
        f'<g stroke="#d0573f" stroke-width="2" stroke-dasharray="5 3">{"".join(lines)}</g></svg>'
    )
