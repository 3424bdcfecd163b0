"""GStreamer's RTSP server, run by the system's Python: prints its port, serves until killed.

usage: /usr/bin/python3 gst_server.py CLIP.mp4
"""

import sys
from typing import Any


def main(clip: str) -> None:
    """Serve a clip at ``/gate``, each viewer from its beginning."""
    # Not in our environment: Debian's packages are seen by Debian's Python only.
    import gi  # noqa: PLC0415

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    repository: Any = __import__("gi.repository", fromlist=["GLib", "Gst", "GstRtspServer"])
    glib, rtsp = repository.GLib, repository.GstRtspServer
    repository.Gst.init(None)
    server = rtsp.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = rtsp.RTSPMediaFactory()
    payload = "rtph264pay name=pay0 pt=96 config-interval=1"
    factory.set_launch(f"( filesrc location={clip} ! qtdemux ! h264parse ! {payload} )")
    server.get_mount_points().add_factory("/gate", factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    glib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1])
