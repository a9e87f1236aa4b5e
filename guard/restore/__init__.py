"""Restoration: put the caller's own values back in place of the placeholders."""
