"""The installation as its operators look at it: generators, keys, health."""
