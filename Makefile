# Two commands do everything on a fresh Debian or Ubuntu: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-long bench lint format types clean

UV_VERSION := 0.13.9
PY := .venv/bin/python
UV := UV_PYTHON=$(CURDIR)/.venv/bin/python UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 .venv/bin/uv
WEB_SOURCES := $(shell find web/src web/styles web/public web/public.html web/index.html web/docs web/package.json web/package-lock.json web/vite.config.ts -type f 2>/dev/null)
# The page is built with the machine's Node when it is new enough, else with one from the Python index.

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

.venv/.made:
	@command -v python3 >/dev/null || { echo "python3 is missing; run as root: apt-get install -y python3 python3-venv make git" >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$(python3 --version)" >&2; exit 1; }
	@python3 -m venv .venv || { echo "run as root: apt-get install -y python3-venv" >&2; exit 1; }
	@.venv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.runtime: .venv/.made pyproject.toml uv.lock
	@echo "installing the Python packages" >&2
	@$(UV) sync --quiet --frozen --compile-bytecode --inexact --no-default-groups
	@touch $@

.venv/.dev: .venv/.runtime
	@echo "installing the packages for tests" >&2
	@$(UV) sync --quiet --frozen --compile-bytecode --inexact
	@touch $@

web/dist/index.html: $(WEB_SOURCES) | .venv/.runtime
	@echo "building the page" >&2
	@if ! { node --version 2>/dev/null | grep -qE '^v(2[0-9]|[3-9][0-9])\.' && command -v npm >/dev/null; }; then \
	  $(UV) sync --quiet --frozen --compile-bytecode --inexact --no-default-groups --group node; export PATH="$(CURDIR)/.venv/bin:$$PATH"; fi; \
	cd web && npm ci --silent --no-audit --no-fund && npm run --silent build >&2
	@touch $@

setup: .venv/.runtime web/dist/index.html ## install everything; leaves .venv/bin/wangge
	@.venv/bin/wangge setup

setup-dev: .venv/.dev web/dist/index.html
	@.venv/bin/wangge setup --tests

run: setup ## install, start the private database, load the sample county, serve the page
	@exec .venv/bin/wangge serve --sample

test: setup-dev ## everything checked, seeded samples of the long suites
	@$(MAKE) --no-print-directory checks PYTEST_ARGS="-m 'not long'"

test-long: setup-dev ## the full counts
	@TEST_LONG=1 $(MAKE) --no-print-directory checks PYTEST_ARGS=""

# Pictures are measured when nothing else runs. What runs first has no store and compiles most kernels, once, beside
# the checks of style and types; the rest finds them compiled.
ALONE := tests/web/test_division_speed.py
FIRST := $(filter-out tests/gis/test_real_%,$(wildcard tests/gis/test_*.py))
TESTS := env -u WANGGE_DATABASE_URL -u WANGGE_PORT $(PY) -m pytest
# Hundreds of processes start in a run: each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: checks units pure
units: web/dist/index.html
	@echo "unit tests of the page" >&2
	@export PATH="$$PATH:$(CURDIR)/.venv/bin"; cd web && npm test --silent

pure: setup-dev
	@$(TESTS) $(PYTEST_ARGS) $(FIRST)

checks:
	@echo "style, types, unit tests of the page, tests of gis/" >&2
	@$(MAKE) --no-print-directory --jobs=3 --output-sync lint units pure
	@home=$$(mktemp -d "$$($(PY) -m tests.folder)/wangge-test.XXXXXX"); trap 'rm -rf "$$home"' EXIT; export WANGGE_HOME="$$home"; \
	$(TESTS) -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS) $(addprefix --ignore=,$(ALONE) $(FIRST)) && \
	$(TESTS) $(PYTEST_ARGS) $(ALONE)

lint: .venv/.dev ## style, types, import rules
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: .venv/.dev ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

types: setup-dev ## write the page's types from the server's OpenAPI
	@.venv/bin/python -m api.openapi > web/src/api/openapi.json && cd web && npm run --silent types

bench: .venv/.dev ## figures beside the peers in one run; OSM=path, JSON=path
	@$(UV) sync --quiet --frozen --compile-bytecode --inexact --group bench
	@.venv/bin/wangge setup
	@$(PY) -m tests.bench $(if $(OSM),--osm $(OSM)) $(if $(JSON),--json $(JSON))

clean: ## remove what was built (the database stays)
	@rm -rf .venv web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache
