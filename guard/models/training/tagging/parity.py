"""Compare the shipped weights with the trained ones: `python -m guard.models.training.tagging.parity --weights DIR …`.

Exit 1 when the F1 over all labels on a development set falls by more than 0.01.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from guard.models.training.tagging.build import development
from guard.models.training.tagging.examples import Row, row, tokenizer
from guard.models.training.tagging.measure import counted, f1
from guard.models.training.tagging.network import LAYERS, TokenTagger
from guard.models.training.tagging.train import SEED
from guard.redact.tagger import SHIPPED

ALLOWED = 0.01


def shipped_f1(model: Path, rows: Sequence[Row]) -> dict[str, float]:
    """F1 by label and over all of the ONNX file `model`."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    tags: list[list[int]] = []
    for each in rows:
        fed = {"input_ids": np.array([each.ids]), "shapes": np.array([each.shapes])}
        tags.append(np.asarray(session.run(None, fed)[0])[0].argmax(-1).tolist())
    return counted(rows, tags)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the shipped tagger with the trained one.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/")
    parser.add_argument("--weights", type=Path, required=True, help="folder that the training wrote")
    parser.add_argument("--layers", type=int, default=4, choices=LAYERS)
    parser.add_argument("--texts", type=int, default=600, help="made texts to compare on")
    parser.add_argument("--shipped", type=Path, default=SHIPPED)
    args = parser.parse_args()
    network = TokenTagger.pretrained(args.weights, (args.layers,))
    network.eval()
    cutter = tokenizer()
    report: dict[str, dict[str, float]] = {}
    for name, items in development(args.data, args.texts, SEED).items():
        rows = [row(cutter, item, 128) for item in items]
        trained, shipped = f1(network, rows, 0), shipped_f1(args.shipped / "model.int8.onnx", rows)
        report[name] = {"trained": trained["all"], "shipped": shipped["all"]}
    ok = all(each["trained"] - each["shipped"] <= ALLOWED for each in report.values())
    print(json.dumps({"ok": ok, **report}))
    raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
