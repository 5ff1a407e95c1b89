# Every way to run, check and measure Leadglass. `make help` lists them.
# The distribution's own Python where it is new enough: it gets security updates, and is built with optimisation.
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv/bin
DEMO ?= var/demo

.DEFAULT_GOAL := help
.PHONY: help run test lint types layers check fuzz bench picture docs bundle lock format clean setup-demo setup-dev setup-oscal peers

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup-demo ## the gateway with a demonstration hospital around it, on this machine only
	@exec $(VENV)/python -m leadglass demo --data $(DEMO)

test: setup-dev setup-oscal peers ## all tests, against the real peers of Debian
	$(VENV)/python -m pytest --numprocesses 2 --dist loadfile

lint: setup-dev ## style and faults (ruff)
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

types: setup-dev ## strict types (mypy)
	$(VENV)/mypy

layers: setup-dev ## imports point down only (import-linter)
	$(VENV)/lint-imports

check: lint types layers ## lint, types and layers

format: setup-dev ## let ruff put the layout right
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

fuzz: setup-dev ## parsers under coverage guidance (atheris), a minute each
	$(VENV)/python tests/fuzz/run.py --seconds 60

bench: setup-dev peers ## measure everything; tables, and bench/results (bench-gateway: one part)
	$(VENV)/python -m bench

bench-%: setup-dev peers
	$(VENV)/python -m bench.$*

docs: setup-dev ## write docs/reference and the tables of docs/hospital-it from code and data
	$(VENV)/python -m leadglass.cli.reference docs/reference
	$(VENV)/python scripts/findings.py docs/reference/findings.md
	$(VENV)/python scripts/assessment.py docs/reference
	$(VENV)/python scripts/network.py docs/reference
	$(VENV)/python scripts/documents.py docs/hospital-it

picture: setup-dev peers ## photograph the console of a running demonstration: docs/console.png
	$(VENV)/python scripts/picture.py docs/console.png

bundle: ## the offline installation: dist/leadglass-….tar, its digest beside it
	@$(PYTHON) scripts/bundle.py dist

lock: ## resolve the dependencies anew, with hashes and without a registry
	@uv=$$($(PYTHON) scripts/setup.py uv) && \
	compile="$$uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header" && \
	echo 'uv' | $$compile --no-annotate - -o requirements-setup.lock && \
	echo 'hatchling' | $$compile --no-annotate - -o requirements-build.lock && \
	$$compile pyproject.toml -o requirements.lock && \
	$$compile --constraints requirements.lock --group demo pyproject.toml -o requirements-demo.lock && \
	$$compile --constraints requirements-demo.lock --group dev pyproject.toml -o requirements-dev.lock && \
	echo 'compliance-trestle' | $$compile --no-annotate - -o requirements-oscal.lock

clean: ## remove the set-up and caches; data in var/ stays
	rm -rf .venv .venv-oscal build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +

setup-demo:
	@$(PYTHON) scripts/setup.py demo

setup-dev:
	@$(PYTHON) scripts/setup.py dev

setup-oscal:
	@$(PYTHON) scripts/setup.py oscal

peers:
	@$(PYTHON) scripts/peers.py
