"""Write the tagger as it ships: `python -m guard.models.training.tagging.export --weights DIR --layers 4`.

ONNX with 8-bit weights, and a config with the digest of each file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from guard.models.training.export import quantize, strip
from guard.models.training.tagging.examples import FIRST, LAST
from guard.models.training.tagging.labels import LABELS
from guard.models.training.tagging.network import LAYERS, TokenTagger

NAME, VERSION, WEIGHTS = "guard-tagger", "0.1.0", "model.int8.onnx"
TOKENIZER = "../guard-minilm/tokenizer.json"
"""The encoder is the classifier's, and so is its tokenizer."""
MAX_LENGTH, OVERLAP = 128, 32
LARGEST_BYTES = 25 * 2**20
THRESHOLD = 0.5
THRESHOLDS = dict.fromkeys(("PERSON", "LOCATION", "STREET_ADDRESS", "DATE_TIME", "AGE", "ID", "USERNAME"), 0.35)
"""Where a lower threshold makes fewer errors on the development sets when a miss counts as four false alarms."""
CEILINGS = {"ID": 0.45, "PHONE_NUMBER": 0.45, "EMAIL_ADDRESS": 0.45}
"""A recognizer that knows the shape of a number names its type better than the tagger: its score must be higher."""
QUASI = ("PROFESSION", "QUANTITY")


class _Probabilities(nn.Module):
    def __init__(self, network: TokenTagger) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, shapes: Tensor) -> Tensor:
        return torch.softmax(self.network(input_ids, shapes, torch.ones_like(input_ids))[0], dim=-1)


def write_onnx(network: TokenTagger, path: Path) -> None:
    """Write `network`, which has one head, with a softmax on top, length free."""
    free: Any = torch.export.Dim.DYNAMIC
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 7592, 2003, 102]])
    torch.onnx.export(
        _Probabilities(network).eval(),
        (ids, torch.zeros_like(ids)),
        path,
        input_names=["input_ids", "shapes"],
        output_names=["probabilities"],
        dynamic_shapes={"input_ids": {0: free, 1: free}, "shapes": {0: free, 1: free}},
        external_data=False,
        dynamo=True,
        verbose=False,
    )


def write_config(folder: Path) -> None:
    """Write `config.json` for the files in `folder`."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (TOKENIZER, WEIGHTS)}
    config = {
        "name": NAME,
        "version": VERSION,
        "languages": ["en"],
        "labels": list(LABELS),
        "thresholds": {label: THRESHOLDS.get(label, THRESHOLD) for label in LABELS},
        "ceilings": CEILINGS,
        "quasi": list(QUASI),
        "weights": WEIGHTS,
        "tokenizer": TOKENIZER,
        "max_length": MAX_LENGTH,
        "overlap": OVERLAP,
        "first_token": FIRST,
        "last_token": LAST,
        "sha256": files,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def export(weights: Path, layer: int, out: Path) -> None:
    """Write the shipped files to `out`. Raises RuntimeError when they are too large."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        write_onnx(TokenTagger.pretrained(weights, (layer,), eager=True), full)
        quantize(full, out / WEIGHTS)
    strip(out / WEIGHTS)
    if (out / WEIGHTS).stat().st_size > LARGEST_BYTES:
        raise RuntimeError(f"{WEIGHTS} is over {LARGEST_BYTES} bytes")
    write_config(out)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the token tagger as it ships.")
    parser.add_argument("--weights", type=Path, required=True, help="folder that the training wrote")
    parser.add_argument("--layers", type=int, default=4, choices=LAYERS)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent.parent / NAME)
    args = parser.parse_args()
    export(args.weights, args.layers, args.out)
    print(json.dumps({"bytes": (args.out / WEIGHTS).stat().st_size}))


if __name__ == "__main__":
    main()
