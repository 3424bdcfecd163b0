"""The steps that bring a database to the present tables."""

from pathlib import Path

HEAD = max(path.name[:4] for path in Path(__file__).with_name("versions").glob("[0-9]*.py"))
"""The newest step: their files' names begin with rising numbers."""
