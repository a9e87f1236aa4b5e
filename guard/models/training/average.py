"""Average the weights of several runs: `python -m guard.models.training.average --out DIR RUN RUN ...`.

The mean of runs that began with the same encoder is as good on what they trained on and better on what they did not
(Wortsman et al.: Model soups, ICML 2022), and costs nothing at run time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def average(runs: list[Path], out: Path) -> None:
    """Write the mean of the weights of `runs` to `out`."""
    weights = [load_file(run / "weights.safetensors") for run in runs]
    mean = {name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]}
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / "weights.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description="Average the weights of several runs.")
    parser.add_argument("runs", type=Path, nargs="+", help="folders that the training wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights.safetensors")
    args = parser.parse_args()
    average(args.runs, args.out)


if __name__ == "__main__":
    main()
