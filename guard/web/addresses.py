"""Every address of the pages."""

from __future__ import annotations

from guard.web import (
    account,
    admin_keys,
    admin_system,
    admin_users,
    chat,
    chat_turn,
    dashboard,
    live,
    oidc,
    pages,
    policies,
    policy_editor,
    policy_matrix,
    policy_profiles,
    policy_try,
    queues,
    reveals,
    review,
    review_record,
    sign_in,
)

ROUTERS = (
    pages.router,
    sign_in.router,
    oidc.router,
    account.router,
    chat_turn.router,
    chat.router,
    policy_editor.router,
    policy_matrix.router,
    policy_profiles.router,
    policy_try.router,
    policies.router,
    reveals.router,
    queues.router,
    live.router,
    review.router,
    review_record.router,
    dashboard.router,
    admin_users.router,
    admin_keys.router,
    admin_system.router,
)
"""In the order in which they are looked through."""
