"""Live positions as plain values: fix filter, newest state, passes and visibility."""
