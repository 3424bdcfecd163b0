"""The connection to Redis, embedded or remote; nothing is started or opened before first use."""

from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from patrol.bus.embedded import EmbeddedConnection, EmbeddedServer

SOCKET_TIMEOUT_S = 15
"""Longer than any blocking read of ours waits."""

MAX_CONNECTIONS = 2_000
"""A web worker has a thread per websocket; a connection is only held during a command."""


@dataclass(frozen=True, slots=True)
class BusConnection:
    """A client, and the embedded server behind it where there is one."""

    client: "redis.Redis"
    server: EmbeddedServer | None

    def close(self) -> None:
        """Close the connections and leave the embedded server."""
        self.client.close()
        self.client.connection_pool.disconnect()
        if self.server is not None:
            self.server.leave()


def connect_bus(url: str, data_dir: Path) -> BusConnection:
    """Make the client for ``bus.url``; the first command connects."""
    retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), 3)
    if url != "embedded":
        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=5,
            max_connections=MAX_CONNECTIONS,
            retry=retry,
        )
        return BusConnection(_client(pool), None)
    server = EmbeddedServer(data_dir)
    pool = redis.ConnectionPool(
        connection_class=EmbeddedConnection,
        server=server,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=5,
        max_connections=MAX_CONNECTIONS,
        retry=retry,
    )
    return BusConnection(_client(pool), server)


def _client(pool: redis.ConnectionPool) -> "redis.Redis":
    return redis.Redis(connection_pool=pool)


def own_client(client: "redis.Redis") -> "redis.Redis":
    """A client to the same server with connections of its own, which closing the other leaves."""
    pool = client.connection_pool
    return _client(
        redis.ConnectionPool(
            connection_class=pool.connection_class,
            max_connections=pool.max_connections,
            **pool.connection_kwargs,
        )
    )
