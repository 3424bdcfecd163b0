"""A made county with known truth: streets, incidents, cameras, units and officers on their way."""
