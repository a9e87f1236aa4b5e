"""The models that ship: an ONNX file and a tokenizer, each the one that its config names, on one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


class ChangedError(Exception):
    """A file is not the one that the config names. The message is the name of the file."""


def loaded(
    folder: Path, digests: Mapping[str, str], tokenizer: str, weights: str
) -> tuple[Tokenizer, InferenceSession]:
    """Load a model.

    Args:
        folder: where the files lie.
        digests: each file's name with its SHA-256 in hexadecimal.
        tokenizer: which of them is the tokenizer. weights: which is the ONNX file.

    Raises ChangedError, and whatever the libraries raise, which are bare exceptions.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    files = {name: (folder / name).read_bytes() for name in digests}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != digests[name]:
            raise ChangedError(name)
    reader = Tokenizer.from_str(files[tokenizer].decode("utf-8"))
    reader.no_truncation()
    reader.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return reader, onnxruntime.InferenceSession(files[weights], options, providers=["CPUExecutionProvider"])
