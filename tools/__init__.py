"""Tools of the project itself; nothing here is needed at run time."""
