"""Moderation of the answer: cut it into units, judge each, release it or withhold the rest."""
