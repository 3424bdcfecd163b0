"""Positions from phones and terminals: one file per protocol, all ending in ``take_fixes``."""

from flask import Flask

from patrol.web.ingest.osmand import osmand


def init_ingest(app: Flask) -> None:
    """Add the protocols that speak HTTP outside the API."""
    app.register_blueprint(osmand, url_prefix="/ingest")
