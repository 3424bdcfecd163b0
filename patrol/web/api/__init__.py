"""The HTTP API, version 1: one file per subject. ``docs/api.md`` says what each route does."""

from flask import Flask

from patrol.web.api import (
    alerts,
    assignments,
    calendar,
    camera_tools,
    cameras,
    county,
    coverage,
    exposure,
    fixes,
    hotspots,
    imports,
    incidents,
    jobs,
    my,
    plans,
    replans,
    replay,
    reports,
    tiles,
    trials,
    units,
    weights,
)
from patrol.web.nearest_book import NearestBook

PREFIX = "/api/v1"

SUBJECTS = (
    county.county,
    hotspots.hotspots,
    weights.weights,
    exposure.exposure,
    imports.imports,
    calendar.calendar,
    trials.trials,
    plans.plans,
    replans.replans,
    jobs.jobs,
    incidents.incidents,
    assignments.assignments,
    units.units,
    cameras.cameras,
    alerts.alerts,
    camera_tools.camera_tools,
    coverage.coverage,
    my.my,
    fixes.fixes,
    reports.reports,
    replay.replay,
)


def init_api(app: Flask) -> None:
    """Add every route of the API, and what the process keeps warm for it."""
    app.extensions[NearestBook.EXTENSION] = NearestBook()
    app.extensions[tiles.TileBook.EXTENSION] = tiles.TileBook()
    app.extensions[coverage.CoverageBook.EXTENSION] = coverage.CoverageBook()
    app.extensions[hotspots.MapBook.EXTENSION] = hotspots.MapBook()
    app.extensions[reports.ReportBook.EXTENSION] = reports.ReportBook()
    for subject in SUBJECTS:
        app.register_blueprint(subject, url_prefix=PREFIX)
    app.register_blueprint(tiles.tiles)
