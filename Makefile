# The one door for people and CI. `make` lists what there is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PATH   := $(CURDIR)/$(BIN):$(PATH)
export PATH
# Tests start some hundred programs, each of which would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

CLUSTER ?= tests/e2e/cluster/cluster.sh
# Nodes for pods, beside the control plane: one is stopped while another one keeps the state.
NODES   ?= 2
RINGS   := unit contract integration manifests charts architecture
PURE    := */pynenc/core/*,*/pynenc/api/*,*/pynenc/config/layers.py,*/pynenc/config/fields.py,*/pynenc_operator/plan/*,*/pynenc_operator/resources/*,*/pynenc_operator/conditions.py
# Processes that run tests side by side, and anything else for pytest, such as ARGS="-k retry".
WORKERS ?= 2
COVERED := $(if $(COVERAGE),--cov --cov-append --cov-report=)
ARGS    ?=

GENERATED := crds charts/pynenc/templates/crds docs/settings.md docs/reference examples/*/manifests

# Examples whose App and WorkerPool are written by hand, so that their Tasks alone are emitted.
WRITTEN   := 01-hello 11-scale-to-zero
EMITTED   := $(filter-out $(WRITTEN:%=examples/%/),$(sort $(dir $(wildcard examples/*/tasks.py))))

##@ General

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(STAMP) ## Make the virtual environment .venv and install everything into it

$(STAMP): pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --no-compile --editable '.[operator,embedded]' --group dev
	@touch $@

.PHONY: run
run: $(STAMP) ## Run examples/01-hello with an embedded server and a runner of two workers
	@python examples/01-hello/run.py

.PHONY: clean
clean: ## Delete what make made in this folder
	rm -rf $(VENV) .cache build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

##@ Check

.PHONY: fmt
fmt: $(STAMP) ## Format the code
	@ruff format --quiet .
	@ruff check --quiet --fix .

.PHONY: lint
lint: $(STAMP) ## Check format, style and YAML
	@ruff format --check --quiet .
	@ruff check --quiet .
	@yamllint --strict charts crds docs examples tests .pre-commit-config.yaml

.PHONY: types
types: $(STAMP) ## Check types
	@mypy

.PHONY: imports
imports: $(STAMP) ## Check who imports whom
	@lint-imports --no-logo 2>/dev/null || lint-imports

.PHONY: lua
lua: $(STAMP) ## Check the Redis function library
	@command -v luacheck >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq lua-check >/dev/null; } \
		|| { echo "luacheck is missing: install the package lua-check" >&2; exit 1; }
	@mkdir -p .cache
	@python -c 'from pynenc._redis.source import library_source; print(library_source().partition("\n")[2])' >.cache/library.lua
	@luacheck --quiet .cache/library.lua

.PHONY: check
check: lint types imports lua ## All of the above

##@ Test

.PHONY: test
test: $(STAMP) ## All tests that need no cluster
	@pytest -n $(WORKERS) --dist loadfile $(COVERED) $(addprefix tests/,$(RINGS)) $(ARGS)

.PHONY: test-unit
test-unit: $(STAMP) ## Tests of pure code, which must cover every branch of it
	@coverage erase
	@pytest tests/unit --cov --cov-report= $(ARGS)
	@coverage report --include '$(PURE)' --fail-under 100

.PHONY: cov
cov: $(STAMP) ## All tests that need no cluster, with coverage
	@coverage erase
	@pytest -n $(WORKERS) --dist loadfile --cov --cov-report= $(addprefix tests/,$(RINGS)) $(ARGS)
	@coverage report

.PHONY: covered
covered: $(STAMP) ## Whether COVERAGE=1 make test e2e has covered 95 % of everything
	@coverage report --fail-under 95

.PHONY: soak
soak: $(STAMP) cluster ## Long campaigns: walks, crash runs, two minutes without API server, fifty times fewer pods
	@PYNENC_WALK=1:100:400 pytest -n $(WORKERS) tests/contract/test_walk.py $(ARGS)
	@PYNENC_CRASH_SEEDS="1 2 3" PYNENC_CRASH_SCALE=2 pytest tests/integration/test_crash.py $(ARGS)
	@PYNENC_OUTAGE_SECONDS=120 PYNENC_SCALE_IN_ROUNDS=50 pytest tests/e2e/test_outages.py tests/e2e/test_scale_in.py \
		-k "api_server or works" --e2e $(ARGS)

.PHONY: bench
bench: $(STAMP) ## Measure the engine beside a bare Lua loop on the same server, and say which aims are met
	@PYTHONPATH=tests python -m bench $(ARGS)

##@ Generate

.PHONY: generate
generate: $(STAMP) ## Write the CRDs, the chart's copy of them, the pages of fields and settings, the Task objects of examples
	@python -m pynenc.api --out crds --chart charts/pynenc/templates/crds --reference docs/reference
	@python -m pynenc.config >docs/settings.md
	@for name in $(WRITTEN); do (cd "examples/$$name" && pynenc manifests emit tasks:app \
		--app-ref "$${name#*-}" >manifests/tasks.yaml); done
	@for folder in $(EMITTED); do (cd "$$folder" && mkdir -p manifests && pynenc manifests emit tasks:app \
		--with-pool --image "pynenc-$${PWD##*/[0-9][0-9]-}:0.1.0" >manifests/emitted.yaml); done

.PHONY: verify
verify: generate ## Fail if generated files are stale or not in git
	@changed="$$(git status --porcelain --untracked-files=all -- $(GENERATED))"; \
		test -z "$$changed" || { echo "generated files differ from what is committed:" >&2; echo "$$changed" >&2; exit 1; }

##@ Cluster

.PHONY: cluster
cluster: ## Create the kind cluster of the end-to-end tests; PYNENC_KUBECONFIG names another
	@$(CLUSTER) up $(NODES)

.PHONY: cluster-down
cluster-down: ## Delete that cluster
	@$(CLUSTER) down

.PHONY: e2e
e2e: $(STAMP) cluster ## Install the chart into the cluster and run the end-to-end tests
	@pytest tests/cluster tests/e2e --cluster --e2e $(COVERED) $(ARGS)

##@ CI

.PHONY: ci
ci: check verify test e2e ## What CI runs
