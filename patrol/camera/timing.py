"""Times of a feed: its pictures' own, and the pauses between tries."""

import random

FIRST_BACKOFF_S = 0.5


class SteadyClock:
    """Times of pictures by the stream's own clock, kept near the time of arrival.

    The stream's clock is even but may leap; arrival jitters but is true.
    """

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._t_s: float | None = None
        self._rtp_time = 0

    def take(self, rtp_time: int, arrived_s: float) -> float:
        """Time of the picture with this stamp, which arrived at ``arrived_s``; never goes back."""
        ahead = (rtp_time - self._rtp_time) & 0xFFFF_FFFF
        self._rtp_time = rtp_time
        if self._t_s is None:
            self._t_s = arrived_s
            return arrived_s
        step_s = ahead / self._clock_hz
        guess_s = self._t_s + (step_s if step_s < 2.0 else 0.0)
        off_s = arrived_s - guess_s
        guess_s += off_s if abs(off_s) > 1.0 else 0.02 * off_s
        self._t_s = max(self._t_s, guess_s)
        return self._t_s


class Backoff:
    """Pauses between tries: 0.5 s doubling to a limit, each up to 20 % longer or shorter."""

    def __init__(self, most_s: float, draw: random.Random) -> None:
        self._most_s = most_s
        self._draw = draw
        self._next_s = FIRST_BACKOFF_S

    def pause_s(self) -> float:
        """The next pause."""
        pause_s = min(self._next_s, self._most_s)
        self._next_s = min(self._next_s * 2, self._most_s)
        # Cameras behind one switch come back together; they need not be asked in one moment.
        return pause_s * self._draw.uniform(0.8, 1.2)

    def reset(self) -> None:
        """It worked: start small again."""
        self._next_s = FIRST_BACKOFF_S
