"""The audit log: a record of every decision, without a word of any user, hash-chained from the first one."""
