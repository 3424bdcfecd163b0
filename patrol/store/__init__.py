"""The database: the truth. Stores take and give model values; every write commits at once."""
