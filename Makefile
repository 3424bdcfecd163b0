# Everything a person does with this project; each target sets up what it needs, once.
#
#   make setup            the packages and tools; the other targets call it
#   make demo PORT=8000   a made county on http://127.0.0.1:8000, units moving, cameras counting
#   make test             all tests (a browser among them)
#   make check            formatter, linters, types, rings and the fast tests: before every commit
#   make format           let the formatter and linter mend what they can
#   make bench BENCH=streets [QUICK=]   one benchmark with its peers; without BENCH all of them, quick
#   make wheel            the package as it is installed elsewhere, in dist/
#   make docs             the parts of docs/ that are made from the code
#   make lock             the lock files, after a dependency changed
#   make clean            what the other targets made; the demo county too

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8000
DEMO_DIR ?= demo/county
BENCH ?=
QUICK ?= --quick
TESTS ?= tests
PYTEST_ARGS ?=
# As many test processes as cores; a browser and a server run beside some tests, so two at least.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( n < 2 ? 2 : (n > 8 ? 8 : n) )))
BENCHES = $(patsubst bench/%.py,%,$(shell grep -l '^if __name__' bench/*.py))
BIN := .venv/bin

# Browsers and caches need a home that can be written; the account of a build server may have none.
HOME := $(shell if [ -n "$$HOME" ] && [ -d "$$HOME" ] && [ -w "$$HOME" ]; then echo "$$HOME"; \
	else mkdir -p .cache/home && echo "$(CURDIR)/.cache/home"; fi)
export HOME

.PHONY: help setup demo test check format bench wheel docs lock clean

help:
	@sed -n 's/^#   make/make/p' Makefile

setup:
	@tools/setup.sh dev

demo:
	@tools/setup.sh run
	@$(BIN)/patrol demo $(DEMO_DIR) --port $(PORT) --serve

# Worksteal: an idle process takes over tests of the busy one; page tests are long and lie side by side.
test:
	@tools/setup.sh test
	@$(BIN)/pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS) $(TESTS)

check:
	@tools/setup.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/vendor_js.py check
	$(BIN)/pytest -q tests/unit

format:
	@tools/setup.sh dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench:
	@tools/setup.sh bench
	@for name in $(if $(BENCH),$(BENCH),$(BENCHES)); do \
	  echo "== bench.$$name"; $(BIN)/python -m bench.$$name $(QUICK); done

wheel:
	@tools/setup.sh dev
	@rm -rf build dist
	$(BIN)/python -m pip --quiet wheel --no-deps --no-build-isolation --wheel-dir dist .

docs:
	@tools/setup.sh dev
	$(BIN)/python -m patrol.config.document
	$(BIN)/python tools/write_docs.py

lock:
	@tools/setup.sh dev
	tools/lock.sh

clean:
	rm -rf .venv node_modules build dist demo .cache *.egg-info patrol/web/static/vendor tests/output
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache .coverage*
	find patrol tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
