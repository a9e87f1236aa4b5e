"""Every address of the API."""

from __future__ import annotations

from guard.api import (
    admin,
    checks,
    conversations,
    dashboard,
    health,
    openai,
    policies,
    reveals,
    review,
)

ROUTERS = (
    openai.router,
    checks.router,
    policies.router,
    review.router,
    reveals.router,
    admin.router,
    conversations.router,
    dashboard.router,
    health.router,
)
"""In the order in which they are looked through."""
