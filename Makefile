# The farm's chores. `make` alone lists them; each sets up what it needs in .venv.

.DEFAULT_GOAL := targets
.PHONY: targets demo test test-slow check bench clean

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# files in the order of their folders: those that wait and start machines come first, none is the last to end
# and the hundreds of programs that they start share what Python compiled, whatever the caller set
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

targets:  ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/base.stamp  ## set up, then render specs/quickstart.yaml to 4K EXRs in specs/renders
	$(BIN)/farm render specs/quickstart.yaml

test: .venv/all.stamp  ## set up with all extras, then run the tests
	@infra/test_tools.sh
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: .venv/all.stamp  ## run every test, those that take minutes too
	@infra/test_tools.sh
	$(PYTEST) $(ARGS)

check: .venv/all.stamp  ## lint, formats, types, import law, spelling, lock in step with pyproject
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python infra/check_lock.py

bench: .venv/all.stamp  ## print every figure of docs/benchmarks.md as this machine gives it
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:  ## remove the environment and what tools left; stores and deliveries stay
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "the farm needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/base.stamp: pyproject.toml constraints.txt | .venv/bin/python
	@echo "setting up .venv ..."
	$(INSTALL) --editable .
	@echo "compiling previz for this machine, once ..."
	$(BIN)/python -m functions.models.previz.warm
	@touch $@

.venv/all.stamp: .venv/base.stamp
	@echo "setting up .venv with all extras (torch among them) ..."
	$(INSTALL) --editable '.[cluster,diffusers,editorial,luma,metrics,modal,test]'
	@touch $@
