import re
from collections.abc import Iterable
from typing import Any

from patrol.web.security import NONCE, SecureHeaders


def ask(*, https: bool = False, own: list[tuple[str, str]] | None = None) -> dict[str, str]:
    told: dict[str, str] = {}

    def inner(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told["nonce"] = environ[NONCE]
        start_response("200 OK", own or [])
        return []

    def start(_status: str, headers: list[tuple[str, str]], _exc: object = None) -> None:
        told.update(headers)

    SecureHeaders(inner, https=https)({}, start)  # type: ignore[arg-type]
    return told


def test_each_request_has_a_nonce_of_its_own_and_the_policy_names_it() -> None:
    first, second = ask(), ask()
    assert first["nonce"] != second["nonce"]
    assert f"'nonce-{first['nonce']}'" in first["Content-Security-Policy"]
    assert len(first["nonce"]) >= 20


def test_the_policy_allows_no_other_host_no_frames_and_no_inline_script() -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in ask()["Content-Security-Policy"].split(";")
    )
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == "'none'"
    assert policy["worker-src"] == "'self' blob:"
    assert not re.search(r"https?:|\*|unsafe", " ".join(policy.values()))


def test_answers_may_not_be_kept_unless_the_view_says_so() -> None:
    assert ask()["Cache-Control"] == "no-store"
    assert ask(own=[("cache-control", "private")]).get("Cache-Control") is None


def test_hsts_is_sent_over_https_only() -> None:
    assert "Strict-Transport-Security" not in ask()
    assert "max-age=31536000" in ask(https=True)["Strict-Transport-Security"]


def test_sniffing_and_referrers_are_switched_off() -> None:
    told = ask()
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "same-origin"
    assert told["Cross-Origin-Opener-Policy"] == "same-origin"
