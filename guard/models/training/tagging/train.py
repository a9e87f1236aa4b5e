"""Train the tagger: `python -m guard.models.training.tagging.train --data DIR --out DIR --minutes N`."""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from guard.models.training.tagging.build import development, training
from guard.models.training.tagging.examples import Row, batches, loss_of, row, tensors, tokenizer
from guard.models.training.tagging.measure import f1
from guard.models.training.tagging.network import LAYERS, TokenTagger

SEED = 20261125
WEIGHTS = {3: 0.5, 4: 1.0, 6: 0.7}
"""How much each head's loss counts."""


def schedule(done: float, floor: float = 0.0) -> float:
    """The share of the peak rate when `done` (0 to 1) of the training is over: up in the first 4 %, then down."""
    return min(done / 0.04 + 0.02, max((1.02 - done) / 0.98, floor), 1.0)


def rows_of(args: argparse.Namespace) -> list[Row]:
    """The training rows."""
    cutter = tokenizer()
    return [row(cutter, item, args.length) for item in training(args.data, args.made, args.seed)]


def judged(network: TokenTagger, sets: dict[str, list[Row]]) -> dict[str, dict[str, float]]:
    """The F1 of every head on every development set, by label, and over all."""
    network.eval()
    found = {
        f"{name}/{layer}": f1(network, rows, at)
        for name, rows in sets.items()
        for at, layer in enumerate(network.layers)
    }
    network.train()
    return found


class Learner:
    """A network and its optimizer; the new parts learn five times as fast as the encoder, its word vectors not at all."""

    def __init__(self, network: TokenTagger, rate: float) -> None:
        self.network = network
        network.train()
        network.encoder.embeddings.word_embeddings.weight.requires_grad = False
        fast: list[torch.nn.Parameter] = []
        slow: list[torch.nn.Parameter] = []
        for name, value in network.named_parameters():
            if value.requires_grad:
                (fast if name.startswith(("heads", "shapes")) else slow).append(value)
        self._all = [*slow, *fast]
        self._rates = (rate, rate * 5)
        self._optimizer = torch.optim.AdamW([{"params": slow}, {"params": fast}], lr=rate, weight_decay=0.01)

    def step(self, group: list[Row], share: float) -> float:
        """Learn from `group` at `share` of the peak rate; return the loss of the last head."""
        for rate, part in zip(self._rates, self._optimizer.param_groups, strict=True):
            part["lr"] = rate * share
        ids, shapes, mask, target, known = tensors(group)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.network(ids, shapes, mask)
        parts = [loss_of(each.float(), target, known) for each in logits]
        weighted = [WEIGHTS[layer] * part for layer, part in zip(self.network.layers, parts, strict=True)]
        torch.stack(weighted).sum().backward()
        torch.nn.utils.clip_grad_norm_(self._all, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(parts[-1].item())


def train(args: argparse.Namespace) -> None:
    """Train for `args.minutes`; the weights and a report go to `args.out`."""
    rng = random.Random(args.seed)
    cutter = tokenizer()
    sets = {
        name: [row(cutter, item, args.length) for item in items]
        for name, items in development(args.data, args.development, SEED).items()
    }
    rows = rows_of(args)
    learner = Learner(TokenTagger.pretrained(args.start, args.layers), args.rate)
    begun, step, seen, running, saved = time.monotonic(), 0, 0, 0.0, 0.0
    queue: list[list[Row]] = []
    bar = tqdm(mininterval=20.0, desc="train")
    while (done := (time.monotonic() - begun) / 60 / args.minutes) < 1:
        queue = queue or batches(rows, args.tokens, rng)
        group = queue.pop()
        loss = learner.step(group, schedule(done, args.floor))
        step, seen = step + 1, seen + len(group)
        running = loss if not running else 0.98 * running + 0.02 * loss
        bar.update()
        bar.set_postfix(loss=f"{running:.4f}", texts=seen, refresh=False)
        if done - saved > args.every / args.minutes:
            saved = done
            learner.network.save(args.out)
    learner.network.save(args.out)
    report = {
        "seed": args.seed,
        "minutes": args.minutes,
        "steps": step,
        "texts_seen": seen,
        "loss": round(running, 4),
        "development": judged(learner.network, sets),
    }
    (args.out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(json.dumps(report))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the token tagger.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights.safetensors and report.json")
    parser.add_argument("--start", type=Path, default=None, help="begin with the weights in this folder")
    parser.add_argument("--minutes", type=float, default=40.0, help="how long; the rate falls to nothing at the end")
    parser.add_argument("--made", type=int, default=150_000, help="texts made of templates")
    parser.add_argument("--development", type=int, default=1500)
    parser.add_argument("--tokens", type=int, default=1600, help="tokens a batch")
    parser.add_argument("--length", type=int, default=128, help="tokens a text")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--floor", type=float, default=0.0, help="the share of the rate that is left at the end")
    parser.add_argument("--every", type=float, default=5.0, help="minutes between checkpoints")
    parser.add_argument("--layers", type=int, nargs="+", default=LAYERS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.layers = tuple(args.layers)
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    train(args)


if __name__ == "__main__":
    main()
