"""The shipped test kit: `deny` and `broken` implementations of every protocol, and plain fakes to build a pipeline with.

Nothing here is imported by the product; plugins and tests use it.
"""
