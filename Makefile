# Authgate's commands. HOST PORT WORKERS DATA_DIR DATABASE_URL REDIS_URL and every other setting
# come from the environment, from .env, or from here: make run PORT=9000.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run chat demo test test-long test-browser test-proxies test-load test-edge test-slow check lint fmt docs lock bench bench-count bench-quick clean bootstrap-dev test-js

PYTHON := .venv/bin/python
BIN := .venv/bin
# What checks the code must not depend on the settings of whoever runs it.
TEST_SETTINGS := ENV_FILE= DATABASE_URL=sqlite:///:memory: DJANGO_SETTINGS_MODULE=settings.test

# Each process has a Postgres and a Valkey of its own.
IN_PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: ## Serve on HOST (127.0.0.1) and PORT (8000), with everything it needs; RELOAD=1: restart when code changes
	@sh scripts/bootstrap.sh run
	@exec $(PYTHON) -m app.launch.serve --end-with-parent $(if $(RELOAD),--reload)

chat: bootstrap-dev ## Serve Authgate on PORT and a chat over WebSockets on CHAT_PORT (8100); NODE=1: the chat in Node
	@$(if $(NODE),sh examples/chat/node/install.sh)
	@PYTHONPATH=. exec $(PYTHON) examples/chat/launch.py $(if $(NODE),node,python)

test: bootstrap-dev ## Run all but the long tests, on Postgres
	@$(PYTHON) -m pytest $(IN_PARALLEL) --ignore tests/e2e/clients_js -m "not long"

test-long: bootstrap-dev ## Run the long tests (kills, races, outages, hostile input), and those that depend on the database on SQLite
	@TEST_DATABASE=sqlite $(PYTHON) -m pytest $(IN_PARALLEL) tests/integration -m "not long"
	@$(PYTHON) -m pytest $(IN_PARALLEL) --ignore tests/e2e/clients_js -m long

test-browser: bootstrap-dev ## Drive the demo page in a real Chromium; needs Node.js 20 and Chromium
	@sh scripts/browser.sh

test-proxies: bootstrap-dev ## Test the configurations of examples/proxies: nginx, Caddy, Traefik, Envoy and HAProxy
	@sh scripts/proxies.sh

test-load: bootstrap-dev ## Run the drivers of load/ against real servers; 2 minutes
	@sh scripts/load.sh

test-edge: bootstrap-dev ## Send 100,000 streams of broken requests (EDGE_STREAMS, EDGE_SEED), checked with h11 and Node; 10 minutes
	@EDGE_STREAMS=$${EDGE_STREAMS:-100000} TEST_DATABASE=sqlite $(PYTHON) -m pytest tests/security/edge

test-slow: bootstrap-dev ## Attack a server on PORT (8055) with slowhttptest in its four modes; 2 minutes
	@sh scripts/slow.sh

demo: ## Build the demo page from examples/spa into app/views/demo, and the chat page's script; needs Node.js 20
	cd examples/spa && npm ci --no-audit --no-fund && npm run build
	cd clients/js && npm ci --no-audit --no-fund && npm run chat-page

test-js: bootstrap-dev ## Test the npm package in clients/js; needs Node 20 or later, and npm
	@sh scripts/test_js.sh

check: lint test ## Everything that must pass before a commit: lint, then test

lint: bootstrap-dev ## Check style, types, import rules, shell, JavaScript, Django's own checks and missing migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	sh scripts/lint_scripts.sh
	$(TEST_SETTINGS) $(PYTHON) manage.py check
	sh scripts/check_deploy.sh
	$(TEST_SETTINGS) $(PYTHON) manage.py makemigrations --check --dry-run

fmt: bootstrap-dev ## Format the code and fix what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: bootstrap-dev ## Write the documents that are generated from the code: settings, errors and routes
	@$(TEST_SETTINGS) $(PYTHON) -m scripts.documents

lock: bootstrap-dev ## Update requirements/ to the newest releases
	sh scripts/lock.sh

bench: bootstrap-dev ## Benchmark Authgate and its peers, 20 minutes; needs an idle machine
	@$(PYTHON) -m bench --chart

bench-quick: bootstrap-dev ## Benchmark GET /me only, 2 minutes
	@$(PYTHON) -m bench me --rounds 2 --seconds 2

bench-count: bootstrap-dev ## Count instructions, calls and allocations of a request; 5 minutes, busy machine or not; needs valgrind
	@$(PYTHON) -m bench.count

clean: ## Remove caches and both tool environments; keep var/ and .env
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles clients/js/dist clients/js/node_modules examples/spa/node_modules tests/e2e/browser/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

bootstrap-dev:
	@sh scripts/bootstrap.sh dev
