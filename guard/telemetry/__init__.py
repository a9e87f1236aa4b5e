"""Logging that cannot carry a user's text."""
