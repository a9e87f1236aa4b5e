"""Compare the shipped weights with the trained ones: `python -m guard.models.training.parity --data DIR --weights DIR`.

Exit 1 when the area under the ROC curve of a head differs by more than 0.005 on the development split.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from guard.models.training.data import build
from guard.models.training.encoder import TextClassifier, base_folder, load_tokenizer
from guard.models.training.texts import HEADS, Labelled
from guard.models.training.train import SEED, areas, predict
from guard.moderate.classifier import SHIPPED, MinilmClassifier

ALLOWED = 0.005


def shipped_scores(folder: Path, items: Sequence[Labelled]) -> np.ndarray:
    """Return the probabilities that the product gives `items`, one row a text."""

    async def run() -> np.ndarray:
        classifier = MinilmClassifier(folder)
        try:
            scores = await classifier.classify([item.text for item in items])
        finally:
            await classifier.aclose()
        return np.array([[row[name] for name in HEADS] for row in scores])

    return asyncio.run(run())


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the shipped weights with the trained ones.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/ and eval/")
    parser.add_argument("--weights", type=Path, required=True, help="folder that the training wrote")
    parser.add_argument("--shipped", type=Path, default=SHIPPED)
    args = parser.parse_args()
    items = build(args.data, SEED).development
    tokenizer = load_tokenizer(base_folder(), 64)
    batch = [(tokenizer.encode(item.text).ids, item) for item in items]
    trained = predict(TextClassifier.pretrained(args.weights), batch)
    shipped = shipped_scores(args.shipped, items)
    before, after = areas(trained, items), areas(shipped, items)
    ok = all(abs(before[name] - after[name]) <= ALLOWED for name in HEADS)
    difference = float(np.abs(trained - shipped).mean())
    print(json.dumps({"ok": ok, "trained": before, "shipped": after, "mean_difference": round(difference, 4)}))
    raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
