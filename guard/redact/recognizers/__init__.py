"""Recognizers of what has a shape of its own: one file a kind. None of them needs a model."""
