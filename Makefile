# `make run` and `make test` are all a newcomer needs; `make` alone lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
SSLYZE := $(VENV)/sslyze

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types imports pytest sslyze fuzz bench test-pythons man docs format clean packages

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(DEV_STAMP): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(SSLYZE)/bin/sslyze: | $(STAMP) # it pins an older cryptography than ours
	$(PYTHON) -m venv $(SSLYZE)
	$(SSLYZE)/bin/pip install --quiet --disable-pip-version-check 'sslyze==6.3.1'

sslyze: $(SSLYZE)/bin/sslyze ## install sslyze, which a test lets judge the default domain

setup: $(STAMP) ## make the virtual environment and install the project

run: $(STAMP) ## start the example server with a demonstration PKI, and say what to try
	@BIN=$(BIN) sh tools/run-demo

test: packages check pytest ## every check and every test

packages: # the client programs that tests use: sipsak, SIPp, curl, openssl, Chromium
	@sh tools/install-packages

check: lint types imports ## style, types and architecture

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	for version in 3.11 3.12 3.13; do $(BIN)/mypy --python-version $$version || exit 1; done

imports: $(DEV_STAMP)
	$(BIN)/lint-imports

pytest: $(DEV_STAMP) sslyze
	$(BIN)/pytest -n auto --dist worksteal
	@echo "pictures of the console: build/console"

test-pythons: ## the tests on every CPython from 3.11 to 3.13 that is installed
	for version in 3.11 3.12 3.13; do \
	  python$$version -c '' 2>/dev/null || { echo "python$$version is not here"; continue; }; \
	  $(MAKE) pytest PYTHON=python$$version VENV=.venv-$$version || exit 1; done

fuzz: $(DEV_STAMP) ## change certificates, tls.cfg and handshakes at random for a minute; what fails becomes a test
	$(BIN)/python -m tests.fuzz --seconds 60
	ORACLE_EXAMPLES=100 $(BIN)/pytest -q tests/oracle

bench: $(DEV_STAMP) ## measure against the figures in docs/performance.md (needs cc, two cores, and kamailio, nginx to compare)
	$(BIN)/python -m benchmarks

man: $(STAMP) ## the manual pages of serctl and its commands, in build/man
	$(BIN)/serctl man build/man

docs: $(DEV_STAMP) ## the documentation as a site, in build/site, its reference made of the code
	$(BIN)/sertwist doc > docs/reference.md
	$(BIN)/sertwist doc --diagnostics > docs/diagnostics.md
	$(BIN)/mkdocs build --strict

format: $(DEV_STAMP) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what these targets made
	rm -rf $(VENV) .venv-* conf/pki build dist benchmarks/build .mypy_cache .ruff_cache .pytest_cache
