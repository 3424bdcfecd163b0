"""Benchmarks with fixed seeds and work; not part of the wheel. ``docs/bench.md`` says how."""
