# Two commands: `make demo` runs the whole way on a synthetic city, `make test` runs every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: demo test dev docs lint lint-sql types format lock bench clean

demo: $(STAMP)
	$(BIN)/renkou demo run

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal

dev: $(STAMP)
	$(BIN)/renkou dev

lint: $(STAMP) lint-sql
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The dbt templater compiles every model against an empty warehouse.
lint-sql: $(STAMP)
	mkdir -p $(VENV)/lint
	RENKOU_WAREHOUSE=$(CURDIR)/$(VENV)/lint/empty.duckdb DBT_TARGET_PATH=$(CURDIR)/$(VENV)/lint/target DBT_LOG_PATH=$(CURDIR)/$(VENV)/lint \
	  $(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

types: $(STAMP)
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Pages that are made from contracts; tests keep them true.
docs: $(STAMP)
	$(BIN)/python -m orchestration.documents

bench: $(STAMP)
	$(BIN)/python -m benchmarks.landing

# The lock names versions and hashes, never a registry.
lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-strip-extras --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --universal --python-version 3.11 -o requirements.lock

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
