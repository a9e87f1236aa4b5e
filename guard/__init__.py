"""Guard: privacy and safety middleware for chat with language models.

The request path is the folder tree: read `guard/pipeline.py` first.
"""

from __future__ import annotations

__version__ = "0.1.0"
