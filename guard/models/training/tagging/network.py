"""The network: the MiniLM encoder with an input for the shape of each word, and a head of tags on layers 3, 4 and 6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from guard.models.training.encoder import base_folder
from guard.models.training.tagging.labels import TAGS
from guard.redact.pieces import SHAPES

LAYERS = (3, 4, 6)


class TokenTagger(nn.Module):
    """Tags every token. `forward` returns the logits of each head, in the order of `heads`.

    Args:
        encoder: a BERT encoder.
        hidden: its width.
        heads: the layers that carry a head; layers above the last are never run.
    """

    def __init__(self, encoder: Any, hidden: int, heads: tuple[int, ...] = LAYERS) -> None:
        super().__init__()
        self.encoder = encoder
        self.layers = heads
        self.encoder.encoder.layer = self.encoder.encoder.layer[: heads[-1]]
        self.shapes = nn.Embedding(SHAPES, hidden)
        nn.init.normal_(self.shapes.weight, std=0.01)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({str(layer): nn.Linear(hidden, len(TAGS)) for layer in heads})

    @classmethod
    def pretrained(
        cls, folder: Path | None = None, heads: tuple[int, ...] = LAYERS, *, eager: bool = False
    ) -> TokenTagger:
        """Return the network with the base encoder, or with the weights that `save` wrote to `folder`."""
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.from_pretrained(base_folder())
        how = "eager" if eager else "sdpa"
        encoder = AutoModel.from_pretrained(base_folder(), add_pooling_layer=False, attn_implementation=how)
        network = cls(encoder, config.hidden_size, heads)
        if folder is not None:
            kept = network.state_dict()
            weights = load_file(folder / "weights.safetensors")
            network.load_state_dict({name: weights[name] for name in kept})
        return network

    def forward(self, input_ids: Tensor, shapes: Tensor, attention_mask: Tensor) -> list[Tensor]:
        table = self.encoder.embeddings.word_embeddings
        vectors = table(input_ids) + self.shapes(shapes)
        states = self.encoder(
            inputs_embeds=vectors, attention_mask=attention_mask, output_hidden_states=True
        ).hidden_states
        return [self.heads[str(layer)](self.dropout(states[layer])) for layer in self.layers]

    def save(self, folder: Path) -> None:
        """Write the weights to `folder`, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "weights.part"
        save_file({name: value.contiguous() for name, value in self.state_dict().items()}, part)
        part.replace(folder / "weights.safetensors")
