"""The socket with a tail, on real socket pairs: whole frames in order, bounded, never waiting."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from patrol.web.live_socket import SEND_BUFFER_BYTES, Flusher, FrameSocket, make_close, make_frame

PATIENCE_S = 20.0
Pair = tuple[FrameSocket, socket.socket]


def wait_for(what: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end_s, "did not happen"
        time.sleep(0.005)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Our end and the client's end of a connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    connection = FrameSocket(ours, Flusher())
    yield connection, client
    connection.close()
    client.close()


def read_all(client: socket.socket, size: int) -> bytes:
    client.settimeout(PATIENCE_S)
    data = bytearray()
    while len(data) < size:
        part = client.recv(65_536)
        assert part, f"ended after {len(data)} of {size} bytes"
        data += part
    return bytes(data)


def test_frames_arrive_whole_and_in_order_though_the_kernel_takes_them_in_parts(
    pair: Pair,
) -> None:
    connection, client = pair
    frames = [make_frame(bytes([number]) * 400_000) for number in range(12)]
    for frame in frames:
        connection.send(frame)
    assert connection.tail_bytes > 0
    assert read_all(client, sum(map(len, frames))) == b"".join(frames)
    wait_for(lambda: connection.tail_bytes == 0)


def test_a_frame_is_never_offered_into_the_middle_of_another(pair: Pair) -> None:
    connection, client = pair
    large, small = make_frame(b"x" * 4_000_000), make_frame(b"small")
    assert connection.offer(large)
    assert not connection.offer(small)
    # What must not be missed waits behind it instead.
    connection.send(small)
    assert read_all(client, len(large) + len(small)) == large + small
    wait_for(lambda: connection.offer(small))


def test_many_writers_do_not_mix_their_frames(pair: Pair) -> None:
    connection, client = pair
    frames = [make_frame(bytes([number]) * 30_000) for number in range(8)]

    def write(frame: bytes) -> None:
        for _ in range(20):
            connection.send(frame)

    threads = [threading.Thread(target=write, args=(frame,)) for frame in frames]
    for thread in threads:
        thread.start()
    size = len(frames[0])
    data = read_all(client, size * 160)
    for thread in threads:
        thread.join()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert sorted(pieces) == sorted(frames * 20)


def test_writing_to_a_client_that_reads_nothing_does_not_wait_and_ends_at_the_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    bound = 2_000_000
    connection = FrameSocket(ours, Flusher(), max_tail_bytes=bound)
    frame = make_frame(b"x" * 100_000)

    def send_many() -> None:
        for _ in range(1_000):
            connection.send(frame)
            assert connection.tail_bytes <= bound

    with pytest.raises(BrokenPipeError, match="too far behind"):
        send_many()
    assert connection.is_gone
    assert connection.tail_bytes == 0
    with pytest.raises(BrokenPipeError):
        connection.send(frame)
    assert not connection.offer(frame)
    connection.close()
    client.close()


def test_a_client_that_takes_nothing_for_too_long_is_cut() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    connection = FrameSocket(ours, Flusher(stall_s=0.2))
    connection.send(make_frame(b"x" * (SEND_BUFFER_BYTES + 6_000_000)))
    wait_for(lambda: connection.is_gone)
    connection.close()
    client.close()


def test_one_that_reads_nothing_does_not_keep_another_from_its_frames(pair: Pair) -> None:
    connection, client = pair
    with socket.create_server(("127.0.0.1", 0)) as server:
        stalled_client = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    stalled = FrameSocket(ours, connection._flusher)
    stalled.send(make_frame(b"x" * 5_000_000))
    assert stalled.tail_bytes > 0
    frame = make_frame(b"y" * 1_000_000)
    connection.send(frame)
    assert read_all(client, len(frame)) == frame
    stalled.close()
    stalled_client.close()


def test_the_last_frame_is_still_delivered_before_the_end(pair: Pair) -> None:
    connection, client = pair
    goodbye = make_close(4401, "access has ended")
    connection.finish(goodbye)
    assert connection.recv(10) == b""
    connection.close()
    assert read_all(client, len(goodbye)) == goodbye
    assert client.recv(10) == b""


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_the_length_of_a_frame_is_written_as_the_protocol_says(size: int) -> None:
    frame = make_frame(b"x" * size)
    assert frame[0] == 0x81
    head = 2 if size < 126 else 4 if size < 65_536 else 10
    assert len(frame) == head + size
    told = frame[1] if size < 126 else int.from_bytes(frame[2:head], "big")
    assert told == size
