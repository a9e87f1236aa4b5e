"""People's own conversations, built from the parts that serve chats."""

from __future__ import annotations

from guard.audit.closed import Closings
from guard.audit.protocol import Audit
from guard.authenticate.protocol import Authenticator
from guard.authorize.protocol import Authorizer
from guard.conversations.counted import Counts
from guard.conversations.previews import Previews
from guard.conversations.service import Conversations
from guard.generate.protocol import Generators
from guard.limit.protocol import Limiter
from guard.redact.protocol import Redactor
from guard.store.held import OwnTranscripts
from guard.store.protocol import Commit


def made_conversations(
    own: OwnTranscripts,
    authenticate: Authenticator,
    authorize: Authorizer,
    limit: Limiter,
    redactor: Redactor,
    generators: Generators,
    audit: Audit,
    commit: Commit,
    closings: Closings,
) -> Conversations:
    """The service behind the chat pages."""
    counts = Counts("check.previewed", audit, commit)
    previews = Previews(authenticate, authorize, limit, redactor, generators, own, counts)
    return Conversations(own, authorize, limit, redactor, audit, commit, closings, previews)
