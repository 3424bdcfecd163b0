"""What the desk does about alerts of cameras: take note, send a unit; and how they are shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from patrol.model.alert import AlertKind, CameraAlert
from patrol.model.camera import Camera
from patrol.model.event import EventKind
from patrol.model.incident import Source
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.dispatch import Report, get_record, report_incident
from patrol.usecase.services import Services

INCIDENT_KINDS = {
    AlertKind.HIGH: "crowd",
    AlertKind.LOW: "other",
    AlertKind.CROWDING: "crowd",
    AlertKind.LOITERING: "suspicious",
    AlertKind.STOPPED_VEHICLE: "vehicle",
    AlertKind.WRONG_WAY: "vehicle",
    AlertKind.TROUBLE: "other",
}
"""What kind of incident an alert becomes when a unit is sent."""


ACKNOWLEDGED = "alert.acknowledged"
"""The audit log's word for taking note."""


def alert_record(alert: CameraAlert, camera: Camera | None) -> dict[str, Any]:
    """An alert as events, the live map and the API carry it."""
    return {
        "id": alert.id,
        "camera_id": alert.camera_id,
        "name": alert.camera_id if camera is None else camera.name,
        "lon": None if camera is None else camera.place.lon,
        "lat": None if camera is None else camera.place.lat,
        "town_id": None if camera is None else camera.town_id,
        "kind": alert.kind.value,
        "rule": alert.rule,
        "state": None if alert.state is None else alert.state.value,
        "value": alert.value,
        "usual": alert.usual,
        "times": alert.times,
        "opened": _iso(alert.opened),
        "newest": _iso(alert.newest),
        "ended": _iso(alert.ended),
        "acknowledged": _iso(alert.acknowledged),
        "done": _iso(alert.done),
        "incident_id": alert.incident_id,
    }


def list_live_alerts(services: Services) -> list[dict[str, Any]]:
    """Every alert that is not done, oldest first."""
    return _records(services, services.alerts.list_live())


def list_alerts(
    services: Services, limit: int, camera_id: str | None = None, *, named: bool = False
) -> list[dict[str, Any]]:
    """The newest alerts, done or not, newest first; ``named``: with the account that took note."""
    alerts = services.alerts.list_newest(limit, camera_id)
    records = _records(services, alerts)
    if named:
        noted = {alert.id: alert.acknowledged for alert in alerts if alert.acknowledged}
        actors = services.audit.find_actors(ACKNOWLEDGED, noted)
        for record in records:
            record["acknowledged_by"] = actors.get(record["id"])
    return records


def _records(services: Services, alerts: Sequence[CameraAlert]) -> list[dict[str, Any]]:
    if not alerts:
        return []
    cameras = {camera.id: camera for camera in services.cameras.list_cameras()}
    return [alert_record(alert, cameras.get(alert.camera_id)) for alert in alerts]


def tell_alerts(services: Services, alerts: Iterable[CameraAlert]) -> None:
    """Tell maps how alerts are now."""
    records = _records(services, list(alerts))
    services.stream.publish_all(
        [(EventKind.ALERT_CHANGED, {"alert": record}) for record in records]
    )


def acknowledge_alert(services: Services, caller: Caller, alert_id: str) -> dict[str, Any]:
    """Note that the desk knows; saying it twice changes nothing.

    Raises
    ------
    NotFoundError
        If there is no such alert.
    """
    services.alerts.get_alert(alert_id)
    if services.alerts.acknowledge(alert_id, services.clock()):
        write_audit(services, caller, ACKNOWLEDGED, alert_id)
    return _told(services, alert_id)


def send_unit_to_alert(
    services: Services, caller: Caller, alert_id: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make an incident at the camera's place, to which a unit is then sent; and take note.

    Asking twice gives the same incident. The camera's name is its address; nothing that was seen
    is written into it, for nothing was kept.

    Returns
    -------
    incident, alert
        As the API shows them.

    Raises
    ------
    NotFoundError
        If there is no such alert or its camera is gone.
    """
    alert = services.alerts.get_alert(alert_id)
    if alert.incident_id is None:
        camera = services.cameras.get_camera(alert.camera_id)
        report = Report(
            place=camera.place,
            kind=INCIDENT_KINDS[alert.kind],
            source=Source.CAMERA,
            address=camera.name,
            note=alert.rule,
            key=f"alert-{alert.id}",
        )
        incident = report_incident(services, caller, report)
        services.alerts.set_incident(alert_id, incident["id"])
    else:
        incident = get_record(services, alert.incident_id)
    return incident, acknowledge_alert(services, caller, alert_id)


def _told(services: Services, alert_id: str) -> dict[str, Any]:
    alert = services.alerts.get_alert(alert_id)
    tell_alerts(services, [alert])
    return _records(services, [alert])[0]


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
