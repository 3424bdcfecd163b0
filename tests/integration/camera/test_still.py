"""A still asked of a running worker, and none where stills are off."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.errors import InputError, NotFoundError, OutsideError
from patrol.usecase.ask_still import ask_still
from patrol.usecase.services import Services
from patrol.worker.cameras import CameraWorker
from tests.integration.camera.conftest import make_camera
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def services(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Services]:
    path = tmp_path / "config.yaml"
    path.write_text(f"storage: {{data_dir: data}}\ncameras: {{stills: {request.param}}}\n")
    with opened(path) as made:
        yield made


def gives(services: Services, camera_id: str) -> bool:
    try:
        return ask_still(services, camera_id).size_px == (320, 240)
    except OutsideError:
        return False


@pytest.mark.parametrize("services", ["true"], indirect=True)
def test_running_worker_gives_a_still_that_nothing_keeps(
    services: Services, cameras: LoopbackCameras
) -> None:
    services.cameras.save_cameras([make_camera("gate", cameras.url("gate"))])
    with pytest.raises(NotFoundError):
        ask_still(services, "nowhere")
    with pytest.raises(OutsideError, match="gives no still"):
        ask_still(services, "gate")
    worker, stop = CameraWorker(services), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        # Once most of the scene has been seen free for a minute.
        wait_until(lambda: gives(services, "gate"), within_s=180)
    finally:
        stop.set()
        thread.join(10)
    keys = [key for key in services.redis.scan_iter() if b"still" in key]
    assert keys == []
    for file in (services.config_path.parent / "data" / "bus").rglob("*"):
        if file.is_file():
            assert b"\xff\xd8\xff" not in file.read_bytes(), file.name


@pytest.mark.parametrize("services", ["false"], indirect=True)
def test_stills_are_off_by_default(services: Services) -> None:
    with pytest.raises(InputError, match="stills are off"):
        ask_still(services, "gate")
