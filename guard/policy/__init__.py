"""Policy as one bundle of files: read strictly, hashed, linted, tested, and kept as revisions in the database."""
