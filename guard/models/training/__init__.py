"""How the shipped classifier was made. Needs the extra `train`; nothing at run time imports it."""
