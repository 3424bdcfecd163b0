"""Who does what: one leader for the keeper's work, one owner for each camera."""

import logging
import time
from collections.abc import Sequence
from typing import cast

import redis
from redis.exceptions import LockError
from redis.lock import Lock

from patrol.bus.told import told_plainly

log = logging.getLogger(__name__)


class Lease:
    """A leader's lease: one process at a time holds it, and loses it by not renewing it."""

    def __init__(self, client: "redis.Redis", name: str, length_s: float) -> None:
        # Not thread-local: the loop that renews may not be the thread that asks.
        self._lock = Lock(
            client, f"patrol:lease:{name}", timeout=length_s, blocking=False, thread_local=False
        )
        self._name = name
        self._held = False

    def hold(self) -> bool:
        """Take or renew the lease and say whether this process holds it now.

        Raises
        ------
        OutsideError
            If Redis cannot be reached; the caller must then stop leading.
        """
        with told_plainly(f"lease {self._name}"):
            try:
                held = bool(self._lock.reacquire()) if self._held else bool(self._lock.acquire())
            except LockError:
                held = bool(self._lock.acquire())
        if held != self._held:
            log.info("lease %s: %s", self._name, "taken" if held else "lost to another process")
        self._held = held
        return held

    def release(self) -> None:
        """Let another process take it at once."""
        if not self._held:
            return
        self._held = False
        with told_plainly(f"lease {self._name}"):
            try:
                self._lock.release()
            except LockError:
                log.info("lease %s had run out before it was released", self._name)


# One call does it all, so that no worker can be paused between taking a camera and getting its
# number: who takes it later always has the higher number. Surplus is given back before anything
# is renewed. The server's clock decides, so that the workers' clocks need not agree.
_BEAT = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local worker, length_ms, leaving = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
if leaving then
  redis.call('ZREM', KEYS[1], worker)
else
  redis.call('ZADD', KEYS[1], now_ms, worker)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms - length_ms)
local workers = math.max(1, redis.call('ZCARD', KEYS[1]))
local cameras = #ARGV - 3
local share = leaving and 0 or math.ceil(cameras / workers)
local mine, free, wanted = {}, {}, {}
for i = 4, #ARGV do
  local camera = ARGV[i]
  wanted[camera] = true
  local owner = redis.call('HGET', KEYS[2], camera)
  local ends_ms = tonumber(redis.call('HGET', KEYS[3], camera) or '0')
  if owner == worker and ends_ms > now_ms then
    mine[#mine + 1] = camera
  elseif not owner or ends_ms <= now_ms then
    free[#free + 1] = camera
  end
end
local result = {}
for i, camera in ipairs(mine) do
  if i > share then
    redis.call('HDEL', KEYS[2], camera)
    redis.call('HDEL', KEYS[3], camera)
  else
    redis.call('HSET', KEYS[3], camera, now_ms + length_ms)
    result[#result + 1] = {camera, tonumber(redis.call('HGET', KEYS[4], camera))}
  end
end
for _, camera in ipairs(free) do
  if #result >= share then break end
  redis.call('HSET', KEYS[2], camera, worker)
  redis.call('HSET', KEYS[3], camera, now_ms + length_ms)
  result[#result + 1] = {camera, redis.call('HINCRBY', KEYS[4], camera, 1)}
end
return result
"""

_KEYS = [f"patrol:cameras:{name}" for name in ("workers", "owners", "ends", "epochs")]


class CameraLeases:
    """A worker's fair share of the cameras, each with its fencing epoch.

    Parameters
    ----------
    client
        Redis.
    worker_id
        Different for every process that ever runs.
    length_s
        A worker that is silent for so long loses its cameras, seconds; beat about three times as
        often.
    """

    def __init__(self, client: "redis.Redis", worker_id: str, length_s: float = 3.0) -> None:
        self._script = client.register_script(_BEAT)
        self._worker_id = worker_id
        self._length_s = length_s
        self._held: dict[str, int] = {}
        self._until = 0.0

    def beat(self, camera_ids: Sequence[str]) -> dict[str, int]:
        """Renew, give back and take cameras; the epoch of each that is this worker's now.

        Parameters
        ----------
        camera_ids
            Every camera that should run, the same on all workers.

        Raises
        ------
        OutsideError
            If Redis cannot be reached; what is held then runs out by itself.
        """
        began = time.monotonic()
        self._held = self._call(camera_ids, leaving=False)
        self._until = began + self._length_s
        return dict(self._held)

    def held(self) -> dict[str, int]:
        """What this worker may still work on: empty once its leases must have run out."""
        return dict(self._held) if time.monotonic() < self._until else {}

    def leave(self, camera_ids: Sequence[str]) -> None:
        """Give every camera back, so that others need not wait for the leases to run out."""
        self._call(camera_ids, leaving=True)
        self._held = {}

    def _call(self, camera_ids: Sequence[str], *, leaving: bool) -> dict[str, int]:
        length_ms = round(self._length_s * 1000)
        with told_plainly("camera leases"):
            found = self._script(
                keys=_KEYS, args=[self._worker_id, length_ms, int(leaving), *camera_ids]
            )
        return {
            camera.decode(): int(epoch) for camera, epoch in cast("list[tuple[bytes, int]]", found)
        }
