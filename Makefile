# Ringfence: two commands, `make run` and `make test`; the rest is for its developers.
# Nothing has to be prepared: the first call makes .venv, with uv where it is installed, else with venv and pip.
# PYTHON=/path/to/python chooses another interpreter (3.11 to 3.14); UV= forces the way without uv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := src
ARGS ?=

.PHONY: help run test check bench mutate docs fuzz format lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: $(VENV)/ready-to-run ## set up, play the main job, then serve (ARGS="--once" and others are handed on)
	@$(BIN)/python -m ringfence demo $(ARGS)

test: $(VENV)/ready-to-develop ## set up and run the tests; says what this machine can't run and why
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/ready-to-develop ## lint, types, import contracts, generated pages and lock files in step
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.architecture.locks
	$(BIN)/python -m tests.architecture.pages --check

bench: $(VENV)/ready-to-bench ## measure beside the peers in the same run; the figures are for docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

mutate: $(VENV)/ready-to-develop ## change each figure of the promises and each row of law in turn: a promise must turn red
	$(BIN)/python -m tests.mutation $(ARGS)

docs: $(VENV)/ready-to-develop ## write the generated pages and build the documentation into site/
	$(BIN)/python -m tests.architecture.pages
	$(BIN)/mkdocs build --strict --quiet

format: $(VENV)/ready-to-develop ## put the code into its form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: ## renew uv.lock and the hashed requirements (needs uv)
	uv lock
	uv export --quiet --frozen --no-dev --no-emit-project --output-file requirements.lock
	uv export --quiet --frozen --group dev --group docs --no-emit-project --output-file requirements-dev.lock
	uv export --quiet --frozen --only-group bench --no-emit-project --output-file benchmarks/requirements.lock

clean: ## remove what was made here
	rm -rf $(VENV) site .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/ready-to-run: requirements.lock
	@$(MAKE) --no-print-directory _install GROUPS="--no-dev" LOCK=requirements.lock
	@touch $@

$(VENV)/ready-to-develop: requirements-dev.lock
	@$(MAKE) --no-print-directory _install GROUPS="--group dev --group docs" LOCK=requirements-dev.lock
	@touch $@ $(VENV)/ready-to-run

# The peers that are Python packages come as source only; where they can't be built, their rows are left out.
$(VENV)/ready-to-bench: benchmarks/requirements.lock $(VENV)/ready-to-develop
ifneq ($(UV),)
	@$(UV) sync --quiet --frozen --no-install-project --inexact --only-group bench --python $(BIN)/python && touch $@ || \
	    echo "sippy can't be built here (a C compiler and Python's headers are needed); its rows will be missing"
else
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock && touch $@ || \
	    echo "sippy can't be built here (a C compiler and Python's headers are needed); its rows will be missing"
endif

.PHONY: _install
_install:
ifneq ($(UV),)
	@echo "setting up $(VENV) with uv ..."
	@test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11,<3.15' $(VENV)
	@$(UV) sync --quiet --frozen --no-build --no-install-project --inexact $(GROUPS) --python $(BIN)/python
else
	@echo "setting up $(VENV) with venv and pip ..."
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
	    { echo "Ringfence needs Python 3.11 to 3.14; name one with: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	    { echo "This Python can't make virtual environments. On Debian and Ubuntu: apt install python3-venv"; \
	      echo "(or install uv, which needs neither)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(LOCK)
endif
