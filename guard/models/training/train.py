"""Fine-tune the encoder: `python -m guard.models.training.train --data DIR --out DIR`."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from guard.models.training.data import Split, build
from guard.models.training.encoder import TextClassifier, base_folder, load_tokenizer, padded
from guard.models.training.texts import HEADS, Labelled

SEED = 20240607
Batch = list[tuple[list[int], Labelled]]


def batches(items: Batch, size: int, rng: random.Random) -> list[Batch]:
    """Return shuffled batches of texts of like length, which saves most of the padding."""
    window = size * 50
    shuffled = rng.sample(items, len(items))
    groups: list[Batch] = []
    for start in range(0, len(shuffled), window):
        near = sorted(shuffled[start : start + window], key=lambda item: len(item[0]))
        groups += [near[at : at + size] for at in range(0, len(near), size)]
    rng.shuffle(groups)
    return groups


def loss_of(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the mean of the heads' losses, each over the texts that carry its label."""
    labels = [item.labels for _, item in batch]
    known = torch.tensor([[float(label is not None) for label in row] for row in labels])
    target = torch.tensor([[label or 0.0 for label in row] for row in labels])
    losses = binary_cross_entropy_with_logits(logits, target, reduction="none") * known
    return (losses.sum(0) / known.sum(0).clamp(min=1.0)).sum()


@torch.no_grad()
def predict(network: TextClassifier, items: Batch, size: int = 64) -> np.ndarray:
    """Return the probabilities of both heads, one row a text."""
    network.eval()
    order = sorted(range(len(items)), key=lambda at: len(items[at][0]))
    scores = np.zeros((len(items), len(HEADS)))
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids, mask = padded([items[at][0] for at in part])
        scores[part] = torch.sigmoid(network(ids, mask)).numpy()
    network.train()
    return scores


def areas(scores: np.ndarray, items: list[Labelled]) -> dict[str, float]:
    """Return the area under the ROC curve of each head on the texts that carry its label."""
    found: dict[str, float] = {}
    for head, name in enumerate(HEADS):
        rows = [(at, item.labels[head]) for at, item in enumerate(items) if item.labels[head] is not None]
        if not rows:
            continue
        truth = [float(label or 0.0) >= 0.5 for _, label in rows]
        found[name] = float(roc_auc_score(truth, scores[[at for at, _ in rows], head]))
    return found


def encoded(items: list[Labelled], length: int) -> Batch:
    """Return the texts with their token ids."""
    codes = load_tokenizer(base_folder(), length).encode_batch([item.text for item in items])
    return [(code.ids, item) for code, item in zip(codes, items, strict=True)]


class Judge:
    """Measures a network now and then and writes its weights, with a report, to `out`."""

    def __init__(self, split: Split, length: int, out: Path) -> None:
        self._split = split
        self._development = encoded(split.development, length)
        self._unknown = encoded(split.unknown, length)
        self._out = out
        out.mkdir(parents=True, exist_ok=True)

    def __call__(self, network: TextClassifier, step: int) -> None:
        area = areas(predict(network, self._development), self._split.development)
        area["unknown"] = areas(predict(network, self._unknown), self._split.unknown)["toxicity"]
        tqdm.write(f"step {step}: {area}")
        network.save(self._out)
        report = {
            "seed": SEED,
            "step": step,
            "development_auroc": area,
            "available": dict(self._split.sources),
            "dropped": dict(self._split.dropped),
        }
        (self._out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


def train(args: argparse.Namespace, split: Split) -> None:
    """Train on `split`; the weights, averaged over the last steps, and a report go to `args.out`."""
    rng = random.Random(SEED)
    items = encoded(split.train[: args.limit], args.length)
    judge = Judge(split, args.length, args.out)
    network = TextClassifier.pretrained()
    network.train()
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(args.average))
    optimizer = torch.optim.AdamW(network.parameters(), lr=args.rate, weight_decay=0.01)
    steps = [batch for _ in range(args.epochs) for batch in batches(items, args.batch, rng)]
    warm = max(1, len(steps) // 16)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda at: min((at + 1) / warm, max(0.02, (len(steps) - at) / max(1, len(steps) - warm)))
    )
    for at, batch in enumerate(bar := tqdm(steps, mininterval=10.0, desc="train"), start=1):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
            logits = network(*padded([ids for ids, _ in batch]))
        loss = loss_of(logits.float(), batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        averaged.update_parameters(network)
        optimizer.zero_grad(set_to_none=True)
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        if at % args.every == 0 or at in (len(steps), args.stop):
            judge(averaged.module, at)
        if at == args.stop:
            break


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tune the toxicity and bias classifier.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/ and eval/")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights.safetensors and report.json")
    parser.add_argument("--limit", type=int, default=28_000, help="train on N texts of the shuffled set")
    parser.add_argument("--stop", type=int, default=None, help="stop after N steps of the schedule")
    parser.add_argument(
        "--average", type=float, default=0.99, help="decay of the moving average of the weights; 0: none"
    )
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=64, help="tokens a text")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate at its peak")
    parser.add_argument("--every", type=int, default=250, help="steps between checkpoints")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True, help="multiply in bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)
    train(args, build(args.data, SEED))


if __name__ == "__main__":
    main()
