"""People and services with their roles, and the API keys that they use."""
