"""Redaction: find personal data in every string of a request and put placeholders in its place."""
