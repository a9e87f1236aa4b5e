"""A random GPT-2 of a few thousand weights with a byte-level tokenizer of its own, as a folder with safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guard.generate.transformers import TransformersGenerator
from guard.model import Chunk

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tokenizer(template: str | None = None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(["User: hello there\nAssistant: the rain in Spain\n"] * 20, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|endoftext|>", pad_token="<|endoftext|>")
    fast.add_special_tokens({"additional_special_tokens": SPECIAL[1:]})
    fast.chat_template = template
    return fast


def checkpoint(folder: Path, *, positions: int = 96) -> Path:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    made = tokenizer()
    # The end token is not reachable: a random model would stop wherever chance has it.
    torch.manual_seed(7)
    config = GPT2Config(
        vocab_size=len(made), n_positions=positions, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    model = GPT2LMHeadModel(config)
    model.generation_config.suppress_tokens = [0, 1, 2]
    model.save_pretrained(folder)
    made.save_pretrained(folder)
    return folder


async def answer(generator: TransformersGenerator, content: str = "hello there", **members: Any) -> list[Chunk]:
    body = {"messages": [{"role": "user", "content": content}], "max_tokens": 12, **members}
    return [chunk async for chunk in generator(body)]


def texts(chunks: list[Chunk]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in chunks:
        if chunk.finish_reason is None and chunk.usage is None:
            found[chunk.choice] = found.get(chunk.choice, "") + chunk.text
    return found


def reasons(chunks: list[Chunk]) -> dict[int, str]:
    return {chunk.choice: chunk.finish_reason for chunk in chunks if chunk.finish_reason}
