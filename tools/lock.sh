#!/usr/bin/env bash
# Make all lock files anew from setup.cfg and requirements/*.in; the same commit then installs the
# same packages next year. Run it after every change of a dependency and commit what it writes.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
options=(--quiet --universal --python-version 3.11 --generate-hashes)
"$uv" pip compile "${options[@]}" setup.cfg -o requirements/run.lock
"$uv" pip compile "${options[@]}" setup.cfg --extra dev -o requirements/dev.lock
"$uv" pip compile "${options[@]}" setup.cfg --extra dev --extra bench -o requirements/bench.lock
"$uv" pip compile "${options[@]}" requirements/tools.in -o requirements/tools.lock
"$uv" pip compile "${options[@]}" requirements/node.in -o requirements/node.lock
