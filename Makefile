# Every target works as the first command on a fresh clone: it creates .venv and installs what it needs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
NAME   ?=
DEVICES ?=
QUICK  ?=
ARGS   ?=
OUT    ?= runs/default
RUNS   ?= runs

export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := 1

.PHONY: setup setup-dev data train tune evaluate screen refine query serve retrain test test-all test-gpu format lint docs bench freeze clean

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("ssbscreen needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# torch first and alone, so that the pinned build is taken before anything else asks for another
$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt torch
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev,mp,serve]'
	@touch $@

$(VENV)/.serve: $(VENV)/.runtime
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[serve]'
	@touch $@

$(VENV)/.foundation: $(VENV)/.runtime
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[foundation]'
	@touch $@

$(VENV)/.docs: $(VENV)/.runtime
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[docs]'
	@touch $@

data: setup
	$(BIN)/ssbscreen data fetch $(NAME)

train: setup
	$(BIN)/ssbscreen train $(NAME) $(if $(DEVICES),--devices $(DEVICES)) $(ARGS)

tune: setup
	$(BIN)/ssbscreen tune $(NAME) $(ARGS)

evaluate: setup
	$(BIN)/ssbscreen evaluate $(NAME) $(ARGS)

screen: setup
	$(BIN)/ssbscreen screen --out $(OUT) $(ARGS)

refine: $(VENV)/.foundation
	$(BIN)/ssbscreen refine $(OUT) $(ARGS)

query: setup
	$(BIN)/ssbscreen query $(ARGS)

serve: $(VENV)/.serve
	$(BIN)/ssbscreen serve $(RUNS) $(ARGS)

retrain: setup
	$(if $(DATA),,$(error say which measurements: make retrain DATA=table.csv))
	$(BIN)/ssbscreen retrain --data $(DATA) $(ARGS)

test: setup-dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-all: setup-dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not gpu and not network" $(ARGS)

test-gpu: setup-dev
	$(BIN)/pytest -m gpu $(ARGS)

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile Dockerfile.cuda

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: setup-dev
	@$(if $(QUICK),$(BIN)/python benchmarks/quick.py $(ARGS),for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done)

freeze:
	@(head -n 1 constraints.txt; $(BIN)/pip freeze | grep -viE '^-e|^ssbscreen|@ file' | sed 's/+cpu//') > constraints.tmp && mv constraints.tmp constraints.txt

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
