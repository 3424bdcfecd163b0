"""One file per verb: what the service does, with stores, bus and subjects as arguments."""
