# The two commands that matter: `make demo` and `make test`. They need Python 3.11 or later and nothing else.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
RUN = $(BIN)/python -m

.PHONY: demo install test test-long lint bench lock golden clean

demo: install
	@echo
	@echo '$$ kpi-check evaluate sample_data/2024'
	@$(BIN)/kpi-check evaluate sample_data/2024; code=$$?; echo; echo "exit code $$code"; test $$code -eq 1

# The program, as users get it.
install: $(VENV)/installed
$(VENV)/installed: $(VENV)/python requirements/run.txt targets.yaml pyproject.toml $(shell find src -type f ! -path '*/__pycache__/*')
	$(RUN) pip install --quiet --require-hashes --requirement requirements/build.txt --requirement requirements/run.txt
	$(RUN) pip install --quiet --no-build-isolation --no-deps --force-reinstall .
	@touch $@

$(VENV)/dev: $(VENV)/installed requirements/dev.txt
	$(RUN) pip install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'kpi-check needs Python 3.11 or later: make PYTHON=python3.12 ...'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

test: $(VENV)/dev
	$(RUN) pytest --numprocesses=auto --dist=loadgroup --cov --cov-report=term --cov-fail-under=95
	$(RUN) coverage report --include='*/measures.py,*/compliance.py,*/periods.py' --fail-under=100

# The oracle and the package on 100,000 generated submissions.
test-long: $(VENV)/dev
	$(RUN) pytest --numprocesses=auto --dist=loadgroup -m long

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Takes half an hour on a quiet machine; BENCH='--only soda --sizes 1000' measures a part. Writes docs/benchmarks.md.
bench: $(VENV)/dev $(VENV)-bench/installed
	$(BIN)/python tools/bench $(BENCH)

# What the program is measured beside: its pins touch nothing else.
$(VENV)-bench/installed: $(VENV)/python requirements/bench.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --require-hashes --requirement requirements/bench.txt
	@touch $@

# What is made from something else, and proven fresh by tests: catalogues, the schema, expected reports, examples in the docs.
golden: $(VENV)/dev
	$(BIN)/python tools/catalogue.py
	$(BIN)/python tools/golden.py

# Locks what pyproject.toml asks for, with hashes, for every platform.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file requirements/run.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --output-file requirements/build.txt requirements/build.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev --constraint requirements/run.txt --output-file requirements/dev.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group bench --constraint requirements/dev.txt --output-file requirements/bench.txt

clean:
	rm -rf $(VENV) $(VENV)-bench .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
