"""A phone that sends its unit's positions, and keeps those that could not be sent."""

import http.client
import json
import logging
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from patrol.model.errors import AccessError, InputError

log = logging.getLogger(__name__)

KEPT = 600
"""Positions a phone keeps while there is no connection; then the oldest are forgotten."""
BATCH = 100
TIMEOUT_S = 10.0


class Phone:
    """One device with one connection that it keeps open.

    Parameters
    ----------
    url
        Address of the service, such as ``http://127.0.0.1:8000``.
    unit_id
        For messages.
    token
        The device token; it goes into the header of every request and nowhere else.
    """

    def __init__(self, url: str, unit_id: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(f"address must be http://HOST:PORT or https://HOST:PORT, got {url!r}")
        kind = http.client.HTTPSConnection
        self._connection: http.client.HTTPConnection = (
            kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
        )
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._unit_id = unit_id
        self._waiting: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._in_trouble = False

    @property
    def waiting(self) -> int:
        """Positions that are not sent yet."""
        return len(self._waiting)

    def send(self, fix: dict[str, Any]) -> int:
        """Send a position, and those that wait; returns how many the service has kept.

        Raises
        ------
        AccessError
            If the service does not know the token any more.
        """
        self._waiting.append(fix)
        kept = 0
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
            answer = self._post(batch)
            if answer is None:
                break
            for _ in batch:
                self._waiting.popleft()
            kept += answer
        return kept

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _post(self, batch: list[dict[str, Any]]) -> int | None:
        """How many were kept; ``None`` where the service cannot be reached or is overloaded."""
        try:
            body = json.dumps({"fixes": batch}).encode()
            self._connection.request("POST", "/api/v1/fixes", body, self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._note_trouble(str(error) or type(error).__name__)
            return None
        if response.status in {401, 403}:
            raise AccessError(f"unit {self._unit_id}: the service refused the device token")
        if response.status >= 500 or response.status == 429:
            self._note_trouble(f"the service answered {response.status}")
            return None
        if self._in_trouble:
            log.info("unit %s: positions go through again", self._unit_id)
            self._in_trouble = False
        if response.status >= 400:
            # It will not be better the next time; a position is worth little, so it is let go.
            log.warning(
                "unit %s: %d positions refused with %d", self._unit_id, len(batch), response.status
            )
            return 0
        return int(json.loads(content)["kept"])

    def _note_trouble(self, why: str) -> None:
        if not self._in_trouble:
            log.warning("unit %s: positions wait on the phone: %s", self._unit_id, why)
        self._in_trouble = True
