"""The system's Chromium through Playwright, and what every page of ours must keep while it is open.

A page opened here may write no error to the console, break no content security policy and ask no
other host for anything; :meth:`Screen.check` says so at the end of a test.

What ``wait_for_function`` waits for is written as a function, ``() => ...``: a bare expression is
evaluated anew at every look, which our pages' policy forbids from the second look on.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.e2e.command import OUTPUT

FLAGS = (
    "--enable-unsafe-swiftshader",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Software GL must be asked for by name; the rest keeps the browser itself off the network."""

WIDE = (1920, 1080)
DESK = (1280, 800)
"""Smaller where size is not what is tested: software GL draws each pixel on the processor."""
PHONE = (390, 844)
MAP_READY_MS = 60_000

# Looks for a few milliseconds on a free machine; a crowded one may take its time.
expect.set_options(timeout=20_000)


@dataclass(slots=True)
class Screen:
    """One page with all it did that it should not."""

    page: Page
    base_url: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Parts of console errors that the test itself causes, such as an answer it forces to fail."""

    def watch(self) -> None:
        """Start to listen."""
        # Not bound methods: Playwright keeps notes on their object, which has slots.
        self.page.on("console", lambda message: self._heard(message))
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self._asked(request))
        self.page.on("response", lambda response: self._answered(response))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        asked = urlsplit(request.url)
        # By host and port, not by the address's beginning: the websocket is ours too.
        if asked.scheme not in {"data", "blob"} and asked.netloc != urlsplit(self.base_url).netloc:
            self.outside.append(request.url)

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.errors.append(f"{response.status} {response.url}")

    def go(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(f"{self.base_url}{path}")

    def sign_in(self, name: str, password: str) -> None:
        """Sign in as a person does."""
        self.go("/signin")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.click("form[action='/signin'] button[type=submit]")
        self.page.wait_for_url(lambda url: "/signin" not in url)

    def wait_for_map(self) -> None:
        """Wait until the map has drawn all that it has."""
        # Not map.loaded(): units that glide keep it false for most of the time.
        self.page.wait_for_function(
            """() => globalThis.patrol?.countyMap?.dressed !== undefined
                && globalThis.patrol.map.areTilesLoaded()""",
            timeout=MAP_READY_MS,
        )
        self.page.evaluate(
            """() => new Promise((resolve) => {
                const map = globalThis.patrol.map;
                const timer = setTimeout(resolve, 5000);
                map.once('idle', () => { clearTimeout(timer); resolve(null); });
                map.triggerRepaint();
            })"""
        )

    def map_colors(self) -> int:
        """How many colors the map's picture has, of 40,000 pixels; 1 means that it is blank."""
        count: int = self.page.evaluate(
            """() => {
                const source = globalThis.patrol.map.getCanvas();
                const small = new OffscreenCanvas(200, 200);
                const pen = small.getContext('2d');
                pen.drawImage(source, 0, 0, 200, 200);
                const pixels = new Uint32Array(pen.getImageData(0, 0, 200, 200).data.buffer);
                return new Set(pixels).size;
            }"""
        )
        return count

    def shot(self, name: str) -> Path:
        """Keep a picture of the page under tests/output."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        path = OUTPUT / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def check(self) -> None:
        """Fail if the page did anything that none of ours may."""
        unexpected = [
            error for error in self.errors if not any(part in error for part in self.expected)
        ]
        assert unexpected == [], "\n".join(unexpected)
        assert self.outside == [], "\n".join(self.outside)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The system's Chromium; a missing one fails the test, with the line that mends it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("no Chromium for the browser tests: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_screen(
    browser: Browser,
    base_url: str,
    *,
    lang: str = "zh",
    theme: str = "light",
    size: tuple[int, int] = DESK,
    here: tuple[float, float] | None = None,
) -> Iterator[Screen]:
    """A fresh page of its own, as one person at one machine has it.

    Parameters
    ----------
    browser, base_url
        The browser and the service's address.
    lang, theme
        Language of the pages and what the system prefers, ``light`` or ``dark``.
    size
        Width and height in pixels.
    here
        (lon, lat) that the machine says it is at; ``None``: position is not allowed.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        locale="zh-CN" if lang == "zh" else "en-GB",
        has_touch=size[0] < 600,
        geolocation=None if here is None else {"longitude": here[0], "latitude": here[1]},
        permissions=[] if here is None else ["geolocation"],
    )
    context.add_cookies([{"name": "lang", "value": lang, "url": base_url}])
    screen = Screen(context.new_page(), base_url)
    screen.watch()
    try:
        yield screen
    finally:
        context.close()
