"""Files from outside: streets, incidents, units, cameras, sites, towns, survey answers."""
