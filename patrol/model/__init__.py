"""Values and errors that every other ring speaks in; standard library only."""
