"""The project's tests: unit, property, contract, golden, integration, e2e and drift suites."""
