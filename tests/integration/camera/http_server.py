"""An HTTP server on a free port of loopback, for what answers as some device or gateway does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class QuietHandler(BaseHTTPRequestHandler):
    """Answers without a word on standard error."""

    def reply(self, status: int, content_type: str, body: bytes, redirect: str | None) -> None:
        """Send an answer, or one that points elsewhere."""
        self.send_response(302 if redirect else status)
        if redirect:
            self.send_header("Location", redirect)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def answering(handler: type[QuietHandler]) -> Iterator[int]:
    """Serve until the block ends; gives the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
