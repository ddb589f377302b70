# `make repro` and `make test` each set up everything they need and then do their job.
# A second call installs nothing: the stamp files remember which requirements were installed.

PYTHON ?= python3
VENV := .venv
RUN_STAMP := $(VENV)/.requirements
DEV_STAMP := $(VENV)/.requirements-dev
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A stage run by hand must not leave byte code that differs between machines.
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup repro studies test test-slow bench lint format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(RUN_STAMP) ## create .venv with what the pipeline needs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

repro: $(RUN_STAMP) ## run whatever of the experiment is out of date
	python -m stages.check
	@# DVC cannot see W2V_DATA_DIR or the Hub: fetch anew if they would now give other data.
	python -m stages.download current || dvc repro --force --single-item download
	dvc repro

studies: repro ## experiments beyond the main one, on what it left (75 minutes)
	@# As for repro: fetch anew the tasks that would now be others.
	python -m studies.data stale | while read task; do \
		dvc repro --force --single-item "studies/dvc.yaml:data@$$task" || exit 1; done
	@# What is worth most comes first: what is finished can be shown while the rest runs.
	for stage in travel in-domain travel-home text epochs tuned summary; do \
		dvc repro "studies/dvc.yaml:$$stage" || exit 1; done

test: $(DEV_STAMP) ## lint, type check and test (minutes)
	ruff check .
	ruff format --check .
	mypy
	pytest -q

test-slow: $(DEV_STAMP) ## the tests that take longer
	pytest -q -m slow

bench: $(DEV_STAMP) ## SGNS beside gensim: speed, limits, memory, quality, scaling (40 minutes)
	python -m benchmarks.speed
	python -m benchmarks.limits
	python -m benchmarks.memory
	python -m benchmarks.quality
	python -m benchmarks.negatives
	python -m benchmarks.learning_rate
	python -m benchmarks.usual
	python -m benchmarks.scaling

lint: $(DEV_STAMP) ## lint and type check
	ruff check .
	ruff format --check .
	mypy

format: $(DEV_STAMP) ## put the code into its canonical form
	ruff format .
	ruff check --fix .

clean: ## remove the environment and scratch files; results stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .scratch dvc_plots
