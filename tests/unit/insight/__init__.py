"""Tests of what the log adds up to."""
