"""The pages: rendered on the server, upgraded by small scripts, usable without them."""
