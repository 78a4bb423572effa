PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint suite bench studies fuzz chaos docs notebooks clean

# damaged files that `make fuzz` reads
N ?= 1000
# times that `make chaos` kills a job
KILLS ?= 100

demo: $(VENV)/.installed
	$(BIN)/hybridcell demo

test: $(VENV)/.installed-test lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

suite: $(VENV)/.installed-test
	$(BIN)/python benchmarks/sbml.py --parts suite --only numpy jax
	HYBRIDCELL_SUITE=all $(BIN)/python -m pytest -n 2 tests/oracle/test_petab_suite.py tests/oracle/test_petab_sciml.py tests/oracle/test_petab_benchmark.py
	HYBRIDCELL_SUITE=all $(BIN)/python -m pytest -n 2 -m suite

bench: $(VENV)/.installed-test
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python benchmarks/run.py

# what `make bench` leaves out: fits repeated by the hundred, for hours
studies: $(VENV)/.installed-test
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python benchmarks/run.py --studies

fuzz: $(VENV)/.installed-test
	$(BIN)/python -m tests.fuzz.driver $(N) --write

chaos: $(VENV)/.installed-test
	$(BIN)/python -m tests.chaos.driver $(KILLS) --write

docs: $(VENV)/.installed-test
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# runs the tutorials and keeps in them what they show; minutes each
notebooks: $(VENV)/.installed-test
	$(BIN)/python docs/run_notebooks.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "hybridcell needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)

# Python compiles what is imported, a tenth of what pip would: it saves a minute
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml hybridcell/_version.py
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml hybridcell/_version.py
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile -e '.[test]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) docs/_build .pytest_cache .ruff_cache
