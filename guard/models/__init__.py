"""The weights that ship, with their model cards; `training/` holds how they were made."""
