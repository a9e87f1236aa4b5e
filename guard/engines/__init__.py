"""What differs between the kinds of databases: one file each, behind the protocols of `guard.engines.protocol`."""
