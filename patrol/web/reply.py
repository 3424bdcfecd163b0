"""Answers: one JSON form for success and one for errors; large ones by ETag and gzip."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request

GZIP_FROM_BYTES = 4_096
GZIP_LEVEL = 5

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def make_json(payload: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON answer that nobody may keep."""
    return Response(orjson.dumps(payload, option=_OPTIONS), status, mimetype="application/json")


def good(code: int = 200, /, **payload: Any) -> Response:
    """Success: the payload with ``"ok": true``."""
    return make_json({"ok": True, **payload}, code)


def bad(status: int, message: str, errors: Sequence[str] = (), key: str = "") -> Response:
    """Failure, in the one form that all errors have.

    ``key`` names a case that the pages tell in the reader's language.
    """
    body = {"ok": False, "error": message, "errors": list(errors), "status": status}
    return make_json(body | ({"key": key} if key else {}), status)


def kept(
    body: bytes, mimetype: str, *, etag: str | None = None, max_age_s: int = 0, packed: bool = False
) -> Response:
    """A large answer that the browser keeps and asks about again.

    Parameters
    ----------
    body
        The content, gzip-packed already where ``packed``.
    mimetype
        Its type.
    etag
        Names this version; made from the content where it is not given.
    max_age_s
        For how long the browser need not ask again.
    packed
        Whether ``body`` is packed; a client that does not take gzip gets it unpacked.
    """
    tag = etag or hashlib.sha256(body).hexdigest()[:20]
    control = f"private, max-age={max_age_s}" if max_age_s else "private, no-cache"
    headers = {"ETag": f'"{tag}"', "Cache-Control": control, "Vary": "Accept-Encoding, Cookie"}
    if request.if_none_match.contains(tag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    if not packed and takes_gzip and len(body) >= GZIP_FROM_BYTES:
        body, packed = gzip.compress(body, GZIP_LEVEL), True
    elif packed and not takes_gzip:
        body, packed = gzip.decompress(body), False
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, mimetype=mimetype)


def kept_json(payload: Mapping[str, Any], mimetype: str = "application/json") -> Response:
    """A large JSON answer by ETag."""
    return kept(orjson.dumps(payload, option=_OPTIONS), mimetype)
