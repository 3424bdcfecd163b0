"""A simulated phone keeps what it could not send, and stops when it is shut out."""

import threading
from collections.abc import Iterator

import pytest

from patrol.demo.phone import KEPT, Phone
from patrol.model.errors import AccessError, InputError
from tests.integration.phone_service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_position_is_sent_with_the_device_token(service: Service) -> None:
    phone = Phone(service.url, "F01", "secret")
    assert phone.send({"lon": 1.0, "lat": 2.0}) == 1
    phone.close()
    assert service.fixes == [{"lon": 1.0, "lat": 2.0}]
    assert service.tokens == {"Bearer secret"}


def test_positions_wait_while_the_service_is_overloaded_and_then_all_arrive_in_order(
    service: Service,
) -> None:
    phone = Phone(service.url, "F01", "secret")
    service.status = 503
    for number in range(3):
        assert phone.send({"seq": number}) == 0
    assert phone.waiting == 3
    service.status = 200
    assert phone.send({"seq": 3}) == 4
    phone.close()
    assert [fix["seq"] for fix in service.fixes] == [0, 1, 2, 3]


def test_a_phone_without_connection_forgets_the_oldest_positions_only() -> None:
    phone = Phone("http://127.0.0.1:9", "F01", "secret")
    for number in range(KEPT + 5):
        phone.send({"seq": number})
    assert phone.waiting == KEPT


def test_a_revoked_token_is_told(service: Service) -> None:
    phone = Phone(service.url, "F01", "old")
    service.status = 401
    with pytest.raises(AccessError, match="F01"):
        phone.send({})
    phone.close()


def test_a_position_the_service_finds_wrong_is_let_go(service: Service) -> None:
    phone = Phone(service.url, "F01", "secret")
    service.status = 400
    assert phone.send({}) == 0
    assert phone.waiting == 0
    phone.close()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="http://HOST:PORT"):
        Phone("localhost:8000", "F01", "secret")
