"""Limits: requests in a minute, tokens in a day, requests at the same time; per user, API key, tenant and role."""
