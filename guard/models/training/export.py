"""Write the weights as they ship: `python -m guard.models.training.export --data DIR --weights DIR --out DIR`.

ONNX with 8-bit weights, thresholds chosen on the development split, and a config with the digest of each file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from guard.models.training.data import build
from guard.models.training.encoder import TextClassifier, base_folder, padded
from guard.models.training.parity import shipped_scores
from guard.models.training.texts import HEADS, Labelled
from guard.models.training.train import SEED

NAME, VERSION, WEIGHTS = "guard-minilm", "0.1.0", "model.int8.onnx"
MAX_LENGTH, OVERLAP = 64, 16
LARGEST_BYTES = 46 * 2**20

BENIGN = ("prose", "made/people", "made/jobs", "made/assistant", "made/short", "made/science", "made/counters")
ANSWERS = "diasafety/safe"
BENIGN_RATE = 0.004
ANSWER_RATE = (0.02, 0.005)
"""At most this share of benign text, and by head of dialogue models' safe answers, may be withheld: some of those are
rough in tone, few are biased. The rule looks at nothing else: the labels of posts disagree with each other too much."""


class _Probabilities(nn.Module):
    def __init__(self, network: TextClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return torch.sigmoid(self.network(input_ids, attention_mask))


def write_onnx(network: TextClassifier, path: Path) -> None:
    """Write `network` with a sigmoid on top as ONNX, batch and length free."""
    whole = _Probabilities(network).eval()
    ids, mask = padded([[101, 2023, 2003, 102], [101, 7592, 102]])
    free: Any = torch.export.Dim.DYNAMIC
    torch.onnx.export(
        whole,
        (ids, mask),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["probabilities"],
        dynamic_shapes={"input_ids": {0: free, 1: free}, "attention_mask": {0: free, 1: free}},
        external_data=False,
        dynamo=True,
        verbose=False,
    )


def quantize(source: Path, target: Path) -> None:
    """Write `source` with 8-bit weights.

    The range is reduced to seven bits: processors without VNNI saturate in 8-bit products (onnxruntime's documentation
    of quantization), and a verdict should not depend on the processor.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def strip(path: Path) -> None:
    """Remove what the exporter notes of the machine that it ran on: stack traces and paths, on every node."""
    model = onnx.load(path)
    model.doc_string = ""
    del model.metadata_props[:]
    graph = model.graph
    graph.doc_string = ""
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, path)


def threshold(head: int, items: Sequence[Labelled], scores: np.ndarray) -> float:
    """Return the lowest threshold, in hundredths, that withholds little benign text.

    Args:
        head: index of the head.
        items: development and spare texts.
        scores: their probabilities, one row a text.
    """
    values = scores[:, head]
    benign = np.array([item.source in BENIGN for item in items])
    answers = np.array([item.source == ANSWERS for item in items])
    for hundredths in range(30, 100):
        over = values >= hundredths / 100
        if over[benign].mean() <= BENIGN_RATE and over[answers].mean() <= ANSWER_RATE[head]:
            return hundredths / 100
    return 0.99


def write_config(folder: Path, thresholds: dict[str, float]) -> None:
    """Write `config.json` for the files in `folder`."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("tokenizer.json", WEIGHTS)}
    config = {
        "name": NAME,
        "version": VERSION,
        "labels": list(HEADS),
        "thresholds": thresholds,
        "weights": WEIGHTS,
        "max_length": MAX_LENGTH,
        "overlap": OVERLAP,
        "first_token": 101,
        "last_token": 102,
        "sha256": files,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def export(data: Path, weights: Path, out: Path) -> dict[str, float]:
    """Write the shipped files to `out` and return the thresholds. Raises RuntimeError when they are too large."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        write_onnx(TextClassifier.pretrained(weights), full)
        quantize(full, out / WEIGHTS)
    strip(out / WEIGHTS)
    if (out / WEIGHTS).stat().st_size > LARGEST_BYTES:
        raise RuntimeError(f"{WEIGHTS} is over {LARGEST_BYTES} bytes")
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")
    write_config(out, dict.fromkeys(HEADS, 0.5))
    split = build(data, SEED)
    items = [item for item in (*split.development, *split.spare) if item.source in (*BENIGN, ANSWERS)]
    scores = shipped_scores(out, items)
    thresholds = {name: threshold(head, items, scores) for head, name in enumerate(HEADS)}
    write_config(out, thresholds)
    return thresholds


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the classifier as it ships.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/ and eval/")
    parser.add_argument("--weights", type=Path, required=True, help="folder that the training wrote")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / NAME)
    args = parser.parse_args()
    print(json.dumps({"thresholds": export(args.data, args.weights, args.out)}))


if __name__ == "__main__":
    main()
