"""A person's own conversations: list, open, continue, rename, say what was good; and what redaction would take out."""
