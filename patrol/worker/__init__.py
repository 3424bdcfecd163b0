"""Background loops: planner, cameras, keeper."""
