"""Authorization: what a principal may do, decided by a Casbin policy and explained."""
