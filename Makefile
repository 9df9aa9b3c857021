# The commands of this house. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/installed ## Install what Rosette needs into .venv, at the locked versions

.PHONY: run
run: setup ## Start the whole server on http://localhost:8000
	@$(BIN)/rosette up

.PHONY: test
test: .venv/installed-dev check ## Install and run all checks and tests, on SQLite and PostgreSQL
	@scripts/test $(BIN)/pytest

.PHONY: check
check: .venv/installed-dev ## Format, lint, types, import contract, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	ROSETTE_SECRET_KEY=check DJANGO_SETTINGS_MODULE=rosette.settings $(BIN)/python -m django makemigrations --check --dry-run

.PHONY: format
format: .venv/installed-dev ## Put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: screenshots
screenshots: .venv/installed-dev ## Take pictures of the main screens from the demo, into docs/pictures
	$(BIN)/python -m tests.web.screenshots

.PHONY: messages
messages: setup ## Collect the texts of pages and mails for translators, and put translations to use
	cd src/rosette && ../../$(BIN)/django-admin makemessages -l de --no-obsolete --add-location file --ignore 'static/*'
	cd src/rosette && ../../$(BIN)/django-admin compilemessages

.PHONY: fuzz
fuzz: .venv/installed-dev .tools/atheris ## Hand in broken things at every door (ARGS="--seconds 60 cleaning")
	PYTHONPATH=.tools/atheris $(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: faults
faults: .venv/installed-dev ## Kill and starve every part of a site, and write docs/reliability.md (SECONDS=120 of load)
	$(BIN)/python -m tests.faults $(or $(SECONDS),120)

.PHONY: audit
audit: .venv/bin/python ## Ask for known faults of what is locked, and look for secrets in the repository
	@$(BIN)/python scripts/audit

.PHONY: bench
bench: setup ## Measure the server against the floor of this machine (ARGS=--quick, …)
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: lock
lock: ## Write the lock files anew from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --extra traces pyproject.toml -c requirements.lock -o requirements-traces.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.lock
	printf 'detect-secrets\npip-audit\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o scripts/audit-requirements.lock

.venv/bin/python:
	@sh scripts/make-venv $(PYTHON)

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing Rosette ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.tools/atheris: | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ atheris==3.0.0
