"""People's own conversations, over the parts that serve chats."""

from __future__ import annotations

from guard.audit.closed import Closings
from guard.conversations.counted import Counts
from guard.conversations.previews import Previews
from guard.conversations.service import Conversations
from guard.pipeline import Pipeline
from guard.store.held import OwnTranscripts


def conversations_of(pipeline: Pipeline, own: OwnTranscripts, closings: Closings) -> Conversations:
    """The conversations that go through a pipeline.

    Args:
        own: the pipeline's store for owners. closings: of the pipeline's log.
    """
    authorize, limit, audit, commit = pipeline.authorize, pipeline.limit, pipeline.audit, pipeline.commit
    previews = Previews(
        pipeline.authenticate,
        authorize,
        limit,
        pipeline.redact,
        pipeline.generators,
        own,
        Counts("check.previewed", audit, commit),
    )
    return Conversations(own, authorize, limit, pipeline.redact, audit, commit, closings, previews)
