"""Linear layers in 8 bits on the CPU: weights by output channel, activations by tensor as they come (dynamic).

The stored form is a folder of the tokenizer, the configuration and one safetensors file; it is written whole or not at
all, and one that cannot be read is made anew. Of several processes that need it one makes it and the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

log = logging.getLogger(__name__)

_FORMAT = 1
_FILE = "model.int8.safetensors"
_DIGEST = "model.int8.sha256"
_TEMPORARY = ".new-"
_NOT_KEPT = "The converted model could not be kept; the next start is slow again."


class Int8Linear(nn.Module):
    """A linear layer over packed 8-bit weights (fbgemm)."""

    def __init__(self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.int8_weight, self.scales, self.int8_bias = weight, scales, bias
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        with warnings.catch_warnings():
            # torch means to move quantized tensors elsewhere (pytorch#184982); the packed operators are what we need.
            warnings.simplefilter("ignore", UserWarning)
            packed = torch._make_per_channel_quantized_tensor(weight, scales.double(), zeros, 0)
            self._packed = torch.ops.quantized.linear_prepack(packed, bias)

    @staticmethod
    def of(layer: nn.Linear) -> Int8Linear:
        """Quantize a layer: symmetric, one scale for each output."""
        weight = layer.weight.detach().float()
        scales = weight.abs().amax(dim=1).clamp(min=1e-8) / 127
        rounded = torch.round(weight / scales[:, None]).clamp(-127, 127).to(torch.int8)
        return Int8Linear(rounded, scales, layer.bias.detach().float() if layer.bias is not None else None)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        rows = inputs.reshape(-1, inputs.shape[-1])
        result: torch.Tensor
        if rows.shape[0] == 1:
            result = torch.ops.quantized.linear_dynamic(rows, self._packed, False)
        else:
            # The packed kernel has one scale for all rows; a prompt's few huge activations would wipe out the rest.
            sizes = (rows.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-12)
            whole = torch._int_mm((rows / sizes).round().to(torch.int8), self.int8_weight.t())
            result = whole.float() * sizes * self.scales
            result = result if self.int8_bias is None else result + self.int8_bias
        return result.reshape(*inputs.shape[:-1], -1)


def quantize(model: Any) -> None:
    """Replace every linear layer, in place."""
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear):
            _replace(model, name, Int8Linear.of(module))


def folder(cache_dir: Path, source: Path) -> Path:
    """Where the stored form of a model lies: another file, or one that was changed, has another place."""
    files = [source] if source.is_file() else sorted(source.glob("*.safetensors"))
    marks = [f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files]
    digest = hashlib.sha256("\n".join([str(_FORMAT), *marks]).encode()).hexdigest()[:16]
    return cache_dir / "models" / f"{source.stem}-{digest}"


@contextmanager
def alone(target: Path) -> Iterator[bool]:
    """Wait until no other process makes a stored form in this cache folder, and keep them waiting.

    Gives whether that worked. Where there can be no lock, as in a folder that cannot be written, nothing may be stored.
    """
    with ExitStack() as held:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            lock = held.enter_context(target.parent.with_name("models.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)  # Goes with the process, however that ends.
            is_alone = True
        except OSError:
            log.warning(_NOT_KEPT)
            is_alone = False
        yield is_alone


def write(target: Path, model: Any, tokenizer: Any) -> None:
    """Store a quantized model, for who is `alone`; what is there and cannot be read is replaced.

    A disk that is full or cannot be written costs the next start time, nothing else.
    """
    from safetensors.torch import save_file

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True)  # Of a process that died over it.
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=target.parent))
    except OSError:
        log.warning(_NOT_KEPT)
        return
    try:
        model.config.save_pretrained(temporary)
        model.generation_config.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
        save_file(_tensors(model), temporary / _FILE)
        (temporary / _DIGEST).write_text(_digest(temporary / _FILE))
        if target.exists():
            shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
    except OSError:
        log.warning(_NOT_KEPT)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read(target: Path) -> tuple[Any, Any] | None:
    """The stored model and tokenizer; `None` when there is none that can be read."""
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    if not (target / _FILE).exists():
        return None
    try:
        if (target / _DIGEST).read_text() != _digest(target / _FILE):
            raise ValueError("the stored tensors were changed")
        tensors = load_file(target / _FILE)
        config = AutoConfig.from_pretrained(target, local_files_only=True, trust_remote_code=False)
        with _without_initialization():
            model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        _restore(model, tensors)
        model.generation_config = GenerationConfig.from_pretrained(target, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(target, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # noqa: BLE001
        # It stays where it is: only who is alone may replace it, another may have done so meanwhile.
        log.warning("A converted model is damaged.", extra={"reason_id": type(error).__name__})
        return None
    return model, tokenizer


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tensors(model: Any) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, Int8Linear):
            tensors[f"{name}.int8_weight"] = module.int8_weight.contiguous()
            tensors[f"{name}.scales"] = module.scales.contiguous()
            if module.int8_bias is not None:
                tensors[f"{name}.int8_bias"] = module.int8_bias.contiguous()
    for name, value in model.state_dict().items():
        # Embeddings in half the bytes; what the model was published with is no finer.
        kept = value.detach().to(torch.bfloat16) if value.ndim > 1 and value.is_floating_point() else value.detach()
        tensors[name] = kept.clone().contiguous()
    return tensors


def _restore(model: Any, tensors: dict[str, torch.Tensor]) -> None:
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear):
            weight, scales = tensors.pop(f"{name}.int8_weight"), tensors.pop(f"{name}.scales")
            _replace(model, name, Int8Linear(weight, scales, tensors.pop(f"{name}.int8_bias", None)))
    wide = {k: v.float() if v.dtype == torch.bfloat16 else v for k, v in tensors.items()}
    missing, unexpected = model.load_state_dict(wide, strict=False, assign=True)
    if missing or unexpected:
        raise ValueError("the stored tensors are not those of the model")


def _replace(model: Any, name: str, module: nn.Module) -> None:
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, module)


def _without_initialization() -> Any:
    """Random weights that are replaced at once are not worth their second."""
    from contextlib import nullcontext

    try:
        from transformers.initialization import no_init_weights
    except ImportError:
        return nullcontext()
    return no_init_weights()
