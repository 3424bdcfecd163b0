"""Talk JSON over HTTP with a gateway, through the same checks as a camera."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from patrol.camera.address import check_address
from patrol.camera.http import http_get
from patrol.model.errors import OutsideError

LARGEST_ANSWER = 4 << 20
"""Bytes of one page of channels."""

ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """Where a gateway is and how it knows us; ``key`` is a secret and never shown."""

    name: str
    url: str
    key: str = ""
    networks: tuple[str, ...] = ("127.0.0.0/8",)

    def __repr__(self) -> str:
        # A key must not reach a log by way of a dataclass's own repr.
        return f"GatewayAddress({self.name!r}, {self.url!r})"


async def ask(
    gateway: GatewayAddress,
    path: str,
    query: Mapping[str, str | int],
    headers: Sequence[tuple[str, str]] = (),
    within_s: float = ANSWER_S,
) -> dict[str, Any]:
    """Ask a gateway and give its answer's JSON object.

    Raises
    ------
    OutsideError
        If it cannot be reached, does not answer in time, or answers something else.
    """
    query_text = f"?{urlencode(query)}" if query else ""
    url = gateway.url.rstrip("/") + path
    address = await asyncio.to_thread(check_address, url + query_text, networks=gateway.networks)
    try:
        async with (
            asyncio.timeout(within_s),
            http_get(address, within_s, headers=headers) as answer,
        ):
            body = await answer.body(LARGEST_ANSWER)
    except TimeoutError as error:
        raise OutsideError(f"gateway {gateway.name}: no answer within {within_s:g} s") from error
    except OutsideError as error:
        # The message names what was asked, but not the query, which may hold the key.
        why = str(error).replace("the camera", "it")
        raise OutsideError(f"gateway {gateway.name}: {path}: {why}") from error
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OutsideError(f"gateway {gateway.name}: {path}: the answer is no JSON") from error
    if not isinstance(found, dict):
        raise OutsideError(f"gateway {gateway.name}: {path}: the answer is no JSON object")
    return found


def text(value: Any, most: int = 200) -> str:
    """Foreign text: short, on one line; nothing where it is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return " ".join(str(value).split())[:most]


def number(value: Any) -> float | None:
    """A foreign number, or none where it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if abs(found) < 1e6 else None
