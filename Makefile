# Every verb makes .venv first, from the pinned requirements. PYTHON=python3.13 chooses another.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
SQLFLUFF := $(BIN)/sqlfluff lint --disable-progress-bar --processes $(WORKERS)
# No index address, so that the pins hold wherever packages come from.
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make pins" $(BIN)/pip-compile --quiet --upgrade \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help demo test check check-python check-types check-sql format bench pins clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## generate a shop, publish its warehouse, show the figures
	$(BIN)/shopwright demo demo --no-serve

test: $(VENV)/installed-dev ## run all tests on the embedded PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) tests

check: check-python check-types check-sql ## lint, format and types of Python; lint of SQL

check-python: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/installed-dev
	$(BIN)/mypy

check-sql: $(VENV)/installed-dev
	$(SQLFLUFF) src

format: $(VENV)/installed-dev ## put Python and its imports in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev ## time it against a hand-written script and raw COPY
	$(BIN)/python -m benchmarks

pins: $(VENV)/installed-dev ## choose the newest versions anew (on the oldest Python)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(PIP_COMPILE) --output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) --extra pandas --extra excel --extra schedule --extra dev --output-file requirements-dev.txt pyproject.toml

clean: ## remove .venv, caches and the demo
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
