"""Cameras: one feed's pictures in, counts and health out; no picture ever leaves this package."""
