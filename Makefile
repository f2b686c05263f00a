# Two commands for a newcomer: `make run` and `make test`. Nothing but Python 3.11, make and (for the browser) apt is needed.
PYTHON ?= python3
FITS := import sqlite3, ssl, sys; sys.exit(sys.version_info < (3, 11) or sqlite3.sqlite_version_info < (3, 35))
ROOMS := app bot checkout db messages providers sandbox web
VENV := .venv
BIN := $(VENV)/bin
# An environment whose making was interrupted, or whose Python was replaced by a newer one, is made anew. One that was
# moved or copied leads to where it was, and would run the program that lies there.
ANEW := $(shell $(BIN)/python -c 'import pip' 2>/dev/null || echo venv) \
  $(shell test "$$(cat $(VENV)/.installed 2>/dev/null)" = "$$(pwd -P)" || echo moved)

# What somebody has set for themselves (`user = true`) pip refuses in a virtual environment.
export PIP_USER := 0
# Another program's `app` would be found before this one's.
unexport PYTHONPATH

.PHONY: venv moved run setup install test unit lint docs bench abuse chaos lock clean
.DEFAULT_GOAL := run

run: setup
	@exec $(BIN)/checkout-bot sandbox

setup: $(VENV)/.installed

venv:
	@$(PYTHON) -c '$(FITS)' || { \
	  echo "Python 3.11 or newer is needed, with SSL and SQLite 3.35; '$(PYTHON)' is not. Try: make PYTHON=python3.11"; exit 1; }
	@rm -rf $(VENV); $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml $(ANEW)
	@echo "Installing what the application needs into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@pwd -P >$@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The program alone, in a place of its own that does not need this folder any more: docs/server.md. The shop's user reads
# it, whatever the umask of who installs it closes to others. What another version was built of would be a part of this
# one, and what root leaves here stands in the way of `make setup`.
PREFIX ?= /opt/checkout-bot
install:
	@$(PYTHON) -c '$(FITS)' || { \
	  echo "Python 3.11 or newer is needed, with SSL and SQLite 3.35; '$(PYTHON)' is not. Try: make install PYTHON=python3.11"; exit 1; }
	@echo "Installing checkout-bot into $(PREFIX) (about a minute) ..."
	@umask 022; $(PYTHON) -m venv "$(PREFIX)"
	@umask 022; "$(PREFIX)/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.lock
	@rm -rf build
	@umask 022; "$(PREFIX)/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation \
	  --no-deps --force-reinstall .; ended=$$?; rm -rf build *.egg-info; exit $$ended
	@case "$$(id -u) $$(readlink -f "$(PREFIX)/bin/python")" in "0 /root/"*|"0 /home/"*) \
	  echo "Note: this Python lies in a home, which is closed to services (deploy/checkout-bot.service)." \
	    "Better one of the system: make install PYTHON=/usr/bin/python3";; esac
	@echo "Installed. In the folder of the shop: $(PREFIX)/bin/checkout-bot setup"

# Compiled once, whatever the surroundings say, rather than in each run and by each of its processes.
test unit: export PYTHONDONTWRITEBYTECODE =

# Most tests wait: more workers than cores.
test: $(VENV)/.installed-dev
	@sh tests/ensure_browser.sh
	@$(BIN)/python -m compileall -q $(ROOMS) tests/support
	@$(BIN)/python -m pytest -n 6 --dist worksteal

# What needs no database, socket or browser: an answer within seconds, before the whole suite is worth its minutes.
unit: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal tests/unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@sh web/typecheck/run.sh

# What is made of the program's own words: docs/settings.md and docs/commands.md.
docs: $(VENV)/.installed
	@$(BIN)/python -m app.documentation

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# What a stranger can do, bounded and on loopback: the table of docs/security.md, in about four minutes.
abuse: $(VENV)/.installed-dev
	$(BIN)/python -m bench.abuse

# Breaks everything, for about a quarter of an hour: CHAOS_PAYMENTS and CHAOS_SEED choose how much and which plan.
chaos: $(VENV)/.installed-dev
	$(BIN)/python -m tests.chaos --payments $(or $(CHAOS_PAYMENTS),500) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED))

# Rewrites both lock files from pyproject.toml; run by a maintainer who has uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra build -o requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
