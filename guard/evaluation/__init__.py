"""Measuring detection on labelled texts: reading them, matching what was found with what is there, figures."""
