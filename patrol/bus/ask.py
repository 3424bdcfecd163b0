"""Ask whichever process knows, and get its answer, by publish and subscribe.

Nothing that is published is kept: neither a key nor the append-only file ever holds it.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import redis
from redis.client import PubSub

from patrol.bus.told import told_plainly
from patrol.model.errors import OutsideError

log = logging.getLogger(__name__)

LARGEST_ANSWER = 256 * 1024
LISTEN_S = 0.5
PAUSE_S = 1.0

Answer = Callable[[str], bytes | None]


class Questions:
    """Questions of one kind.

    Parameters
    ----------
    client
        Redis.
    kind
        What is asked for; both sides must name the same.
    """

    def __init__(self, client: "redis.Redis", kind: str) -> None:
        self._client = client
        self._asked = f"patrol:ask:{kind}"

    def ask(self, about: str, within_s: float) -> bytes | None:
        """Ask about one thing; nothing where nobody answers in time.

        Raises
        ------
        OutsideError
            If Redis cannot be reached.
        """
        reply_to = f"{self._asked}:{secrets.token_hex(16)}"
        until_s = time.monotonic() + within_s
        with told_plainly("question"), self._subscribed(reply_to) as replies:
            heard = self._client.publish(
                self._asked, json.dumps({"about": about, "reply_to": reply_to})
            )
            if not heard:
                return None
            while (left_s := until_s - time.monotonic()) > 0:
                message = replies.get_message(timeout=left_s)
                if message is not None and message["type"] == "message":
                    return bytes(message["data"])
        return None

    def serve(self, answer: Answer, stop: threading.Event) -> None:
        """Answer questions until ``stop`` is set; waits where Redis is away.

        Parameters
        ----------
        answer
            Gives the answer, or nothing where another process may know.
        stop
            Ends it.
        """
        while not stop.is_set():
            try:
                with told_plainly("questions"), self._subscribed(self._asked) as questions:
                    while not stop.is_set():
                        message = questions.get_message(timeout=LISTEN_S)
                        if message is not None and message["type"] == "message":
                            self._answer(bytes(message["data"]), answer)
            except OutsideError as error:
                log.debug("questions wait: %s", error)
                stop.wait(PAUSE_S)

    def _answer(self, data: bytes, answer: Answer) -> None:
        try:
            question = json.loads(data)
            about, reply_to = str(question["about"]), str(question["reply_to"])
        except (ValueError, KeyError, TypeError):
            log.warning("a question on %s is none", self._asked)
            return
        found = answer(about)
        # The name of the reply is foreign: it must stay below the question's own.
        if found is not None and reply_to.startswith(f"{self._asked}:"):
            if len(found) > LARGEST_ANSWER:
                raise OutsideError(f"answer has {len(found)} bytes, at most {LARGEST_ANSWER}")
            self._client.publish(reply_to, found)

    @contextmanager
    def _subscribed(self, channel: str) -> Iterator[PubSub]:
        # The library leaves this one call without types.
        made: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call]
        with closing(made) as pubsub:
            pubsub.subscribe(channel)
            # Only once this is confirmed can no message be missed.
            while True:
                message = pubsub.get_message(timeout=LISTEN_S)
                if message is not None and message["type"] == "subscribe":
                    break
            yield pubsub
