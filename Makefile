# `make demo` and `make test` do all set-up; only Python 3.11+, pip and make are needed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LOCKS  := requirements/dev.txt requirements/uv.txt
DATA   ?= ../shared/data
MINUTES ?= 15

.PHONY: help setup demo test lint format bench bench-detection chaos lock clean
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(STAMP) ## create the virtual environment from the hashed locks

$(STAMP): $(LOCKS) pyproject.toml firmware-sim/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hemvakt needs Python 3.11 or newer; set PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@PATH="$$PATH:$(CURDIR)/$(BIN)"; export VIRTUAL_ENV="$(abspath $(VENV))"; \
	uv pip sync --quiet --require-hashes requirements/dev.txt && \
	uv pip install --quiet --no-deps --no-build-isolation -e . -e firmware-sim
	@touch $@

demo: $(STAMP) ## simulated homes, a night console and alarms that arrive, on this machine
	@$(BIN)/hemvakt demo $(ARGS)

test: $(STAMP) ## every test; those that need Chromium, Mosquitto or recordings say so when they skip
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases firmware-sim/hemvakt_sim tests
	@# The lamp of a pendant changes between two looks at it, which mypy cannot know.
	@$(BIN)/mypy --explicit-package-bases --disable-error-code comparison-overlap firmware-sim/tests
	@$(BIN)/lint-imports

format: $(STAMP) ## let ruff format and fix what it can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(STAMP) ## measure this machine; writes bench/results/; the largest, ten thousand homes: make bench ARGS=fleet
	@$(BIN)/python -m bench $(ARGS)

chaos: $(STAMP) ## kill, cut and mislead everything under load, and count what was lost: make chaos MINUTES=15
	@$(BIN)/python -m bench.chaos --minutes $(MINUTES) $(ARGS)

bench-detection: $(STAMP) ## score the rules on recordings: make bench-detection DATA=folder
	@$(BIN)/python -m bench.detection.falls --data $(DATA)
	@$(BIN)/python -m bench.detection.falls_speed
	@$(BIN)/python -m bench.detection.homes --data $(DATA)
	@$(BIN)/python -m bench.detection.homes_life --data $(DATA)
	@$(BIN)/python -m bench.detection.vitals --data $(DATA)

lock: ## resolve the dependencies again into the hashed locks (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/run.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group pyproject.toml:dev pyproject.toml firmware-sim/pyproject.toml -o requirements/dev.txt
	@echo uv | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/uv.txt

clean: ## remove the virtual environment, caches and demo data
	@rm -rf $(VENV) demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
