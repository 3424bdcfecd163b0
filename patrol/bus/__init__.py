"""Redis: the event stream, live state, jobs and leases; a private Valkey where none is given."""
