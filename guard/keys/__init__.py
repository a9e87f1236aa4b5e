"""Key providers: the keys that open the data, kept apart from it."""
