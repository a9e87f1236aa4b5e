"""Reviewing: the records of the log, what stands behind placeholders, and the queues of what somebody is to look at."""

from guard.review.records import EXPORTED, Exported, Found, Review, Shown

__all__ = ["EXPORTED", "Exported", "Found", "Review", "Shown"]
