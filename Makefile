# `make repro` and `make test` each set up everything they need and then do their job.
# A second call installs nothing: the stamp files remember which requirements were installed.

PYTHON ?= python3
VENV := .venv
RUN_STAMP := $(VENV)/.requirements
CLUSTER_STAMP := $(VENV)/.requirements-cluster
DEV_STAMP := $(VENV)/.requirements-dev
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A stage run by hand must not leave byte code that differs between machines.
export PYTHONDONTWRITEBYTECODE := 1
# What the user has set for other programs: modules that come first, installs elsewhere, and an
# account's shell that DVC would run stages by, though in containers it is often no shell at all.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH PIP_TARGET PIP_PREFIX
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export SHELL := /bin/sh
# What an account in a container may lack, and DVC asks for.
export LOGNAME ?= nobody
export HOME ?= $(CURDIR)/.scratch

# For `make own`: more options of `dvc exp run`, as in SET="-S sgns.epochs=20".
SET ?=

.PHONY: help setup lock repro export own verify studies test browser test-slow test-faults bench lint format clean

# For `make repro`: stages at once on this machine; or the address of a Dask scheduler, whose workers
# get and give runs through the default remote of DVC.
JOBS ?= 1
DASK ?=
cluster = $(if $(DASK),--scheduler "$(DASK)",$(if $(filter-out 1,$(JOBS)),--jobs="$(JOBS)"))

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(RUN_STAMP) ## create .venv with what the pipeline needs

# What `venv` makes last: of one that was interrupted there is no pip.
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Everything but torch comes from a lock, with hashes: by uv if it is there and reaches a package
# index, else by pip. torch comes from wherever pip is told to look, for its wheel differs there.
# Nothing below writes byte code, so what is installed must come with it; uv has to be told.
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check
pinned = $(shell sed -n 's/^\($(1)==[^ ]*\).*/\1/p' $(2))
# The package index that pip is told of, by its configuration or environment, holds for uv too.
UV_INDEX = $${UV_DEFAULT_INDEX:-$$($(PIP) config list | sed -n "s/.*\.index-url='\(.*\)'/\1/p" | head -n 1)}
uv_install = command -v uv >/dev/null && index="$(UV_INDEX)" && \
	env $${index:+UV_DEFAULT_INDEX="$$index"} UV_COMPILE_BYTECODE=1 \
	uv pip install --quiet --python $(VENV)/bin/python
install = { $(uv_install) --require-hashes -r $(1); } || $(PIP) install --require-hashes -r $(1)

$(RUN_STAMP): requirements.lock requirements.txt | $(VENV)/bin/pip
	@$(call install,requirements.lock)
	$(PIP) install $(call pinned,torch,requirements.txt)
	@touch $@

$(CLUSTER_STAMP): requirements-cluster.lock $(RUN_STAMP)
	@$(call install,requirements-cluster.lock)
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@$(call install,requirements-dev.lock)
	@touch $@

lock: | $(VENV)/bin/pip ## renew the locks from the requirements; UPGRADE=1: newest of all they pull in
	$(PIP) install $(call pinned,uv,requirements-dev.txt)
	$(COMPILE) requirements.txt --output-file requirements.lock
	for more in cluster dev; do $(COMPILE) requirements-$$more.txt \
		--constraint requirements.lock --output-file requirements-$$more.lock || exit 1; done

COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

repro: $(RUN_STAMP) $(if $(cluster),$(CLUSTER_STAMP)) ## run whatever of the experiment is out of date
	python -m tools.lockfiles
	python -m stages.check
	@# DVC cannot see W2V_DATA_DIR or the Hub: fetch anew if they would now give other data.
	@# 3 is "other data"; whatever else is wrong stops here, with what is there as it is.
	python -m stages.download current || { [ $$? = 3 ] && dvc repro --force --single-item download; }
	[ -z '$(cluster)' ] || dvc repro tokenize
	@# The report is this folder's business. Checkpoints and compiled loops are in .scratch.
	[ -z '$(cluster)' ] || python -m tools.cluster $(cluster) --leave report --link .scratch
	dvc repro $(if $(DASK),--pull)
	python -m tools.environment

export: $(RUN_STAMP) ## the main vectors for gensim, model2vec and others; says how to load them
	dvc repro export
	@python -m stages.export show

own: $(RUN_STAMP) ## the experiment on your own texts and labels: DATA=FOLDER
	@[ -n "$(DATA)" ] || { echo 'name the folder with your files: make own DATA=FOLDER' >&2; exit 1; }
	python -m tools.lockfiles
	python -m tools.own "$(DATA)" $(SET)

verify: $(RUN_STAMP) ## compare every file with dvc.lock, and DVC's cache, by content
	python -m tools.verify

studies: repro ## experiments beyond the main one, on what it left (30 minutes)
	@# As for repro: fetch anew the tasks that would now be others.
	stale=$$(python -m studies.data stale) || exit 1; for task in $$stale; do \
		dvc repro --force --single-item "studies/dvc.yaml:data@$$task" || exit 1; done
	@# What is worth most comes first: what is finished can be shown while the rest runs.
	for stage in travel in-domain travel-home text subwords epochs tuned summary; do \
		dvc repro "studies/dvc.yaml:$$stage" || exit 1; done

ON_ALL_CORES := --numprocesses auto --dist loadscope --no-loadscope-reorder

test: $(DEV_STAMP) ## lint, type check and test (minutes)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
		echo 'no chromium and chromedriver: pages are not tried in a browser; make browser' >&2
	ruff check .
	ruff format --check .
	mypy
	pytest -q $(ON_ALL_CORES)

browser: ## install the browser of the tests: on Debian and its like, as root
	apt-get update
	apt-get install --yes chromium chromium-driver

test-slow: $(DEV_STAMP) ## the tests that take longer
	HYPOTHESIS_PROFILE=many pytest -q $(ON_ALL_CORES) -m "slow or hypothesis"

test-faults: $(DEV_STAMP) ## kills, full disks, damage, fuzz, other surroundings, two at once (half an hour)
	pytest -q $(ON_ALL_CORES:loadscope=worksteal) -m faults

bench: $(DEV_STAMP) ## speed and quality beside gensim and PyTorch; larger texts (two hours)
	python -m benchmarks.speed
	python -m benchmarks.whole
	python -m benchmarks.negatives
	python -m benchmarks.static
	python -m benchmarks.learning_rate
	python -m benchmarks.usual
	python -m benchmarks.shared
	python -m benchmarks.corpora

lint: $(DEV_STAMP) ## lint and type check
	ruff check .
	ruff format --check .
	mypy

format: $(DEV_STAMP) ## put the code into its canonical form
	ruff format .
	ruff check --fix .

clean: ## remove the environment and scratch files; results stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .scratch dvc_plots
