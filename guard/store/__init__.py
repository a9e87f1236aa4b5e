"""The transcript store: redacted messages and the vault of each conversation, each in an envelope of its own key."""
