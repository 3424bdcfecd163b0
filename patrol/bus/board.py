"""The newest state of every unit, shared by all processes.

A unit's state is one JSON text in a hash. Redis folds a change into it, so that two web workers
that take fixes of one unit at the same moment cannot undo each other, and a fix that comes late
never moves a marker backwards.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
import redis

from patrol.bus.told import told_plainly

UNITS = "patrol:units"

POSITION_FIELDS = ("lon", "lat", "heading_deg", "speed_mps", "battery_share", "time")
"""What belongs to one fix: taken over together, or not at all where the fix came late."""

# The same rule as patrol.live.board.fold_unit; a contract test compares the two.
_FOLD = """
local positions = {lon=1, lat=1, heading_deg=1, speed_mps=1, battery_share=1, time=1}
local folded = {}
for i = 1, #ARGV do
  local change = cjson.decode(ARGV[i])
  local known = redis.call('HGET', KEYS[1], change.id)
  local state = known and cjson.decode(known) or {}
  local has_time = change.time ~= nil and change.time ~= cjson.null
  local late = has_time and type(state.time) == 'number' and change.time < state.time
  for name, value in pairs(change) do
    if positions[name] then
      if has_time and not late then state[name] = value end
    elseif name == 'seen' then
      if type(state.seen) ~= 'number' or value == cjson.null or value > state.seen then
        state.seen = value
      end
    else
      state[name] = value
    end
  end
  if state.status == 'off' then
    for name in pairs(positions) do state[name] = nil end
  end
  local text = cjson.encode(state)
  redis.call('HSET', KEYS[1], change.id, text)
  folded[i] = text
end
return folded
"""


class LiveBoard:
    """Newest unit states.

    A state holds id, name, mode, status, lon, lat, heading_deg, speed_mps, battery_share, time
    (the device's, seconds since 1970) and seen (the server's, the same).
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._fold = client.register_script(_FOLD)

    def put_unit(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Fold a change into its unit's state and give the new state.

        ``change`` names the unit by ``id`` and holds any of the fields; position fields are taken
        only together with ``time``, and only where that is not older than what is known.
        """
        return self.put_units([change])[0]

    def put_units(self, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The same for several changes, in order, in one round trip.

        Raises
        ------
        OutsideError
            If Redis cannot be reached.
        """
        if not changes:
            return []
        with told_plainly("put units on the board"):
            texts = self._fold(keys=[UNITS], args=[orjson.dumps(change) for change in changes])
        return [orjson.loads(text) for text in cast("list[bytes]", texts)]

    def list_units(self) -> list[dict[str, Any]]:
        """All unit states, by id."""
        with told_plainly("read the board"):
            texts = cast("list[bytes]", self._redis.hvals(UNITS))
        return sorted((orjson.loads(text) for text in texts), key=lambda unit: str(unit["id"]))

    def find_unit(self, unit_id: str) -> dict[str, Any] | None:
        """The unit's state, where it has one."""
        with told_plainly("read the board"):
            text = cast("bytes | None", self._redis.hget(UNITS, unit_id))
        return None if text is None else cast("dict[str, Any]", orjson.loads(text))

    get_unit = find_unit

    def find_units(self, unit_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The states of these units, by id, in one round trip."""
        if not unit_ids:
            return {}
        with told_plainly("read the board"):
            texts = cast("list[bytes | None]", self._redis.hmget(UNITS, list(unit_ids)))
        pairs = zip(unit_ids, texts, strict=True)
        return {unit_id: orjson.loads(text) for unit_id, text in pairs if text is not None}

    def drop_units(self, unit_ids: Sequence[str]) -> None:
        """Take units off the board."""
        if not unit_ids:
            return
        with told_plainly("take units off the board"):
            self._redis.hdel(UNITS, *unit_ids)
