"""Cleaning of data sets: which files, in which pieces, what is personal in them, and the copy without it.

`finding` says which files are scanned, `splitting` cuts them into tasks, `records` finds the texts of a task, `cleaner`
what is personal in them, `worker` does so in processes of its own, `run` puts all in order, `state` remembers what was
done, `report` writes it as a page.
"""
