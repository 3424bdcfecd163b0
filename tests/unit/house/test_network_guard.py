"""No test may reach beyond this machine."""

import socket

import pytest


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match=r"only 127\.0\.0\.1"):
        outside.connect(("192.0.2.1", 80))


def test_a_name_other_than_localhost_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="example"):
        outside.connect_ex(("example.org", 80))


def test_a_connection_to_this_machine_is_allowed() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
