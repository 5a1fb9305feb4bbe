# The shop. `make` lists what it does; the recipes are POSIX sh, and only pip fetches anything.

# Interpreters to try, best first; one can be named: make read PYTHON=/path/to/python3.12
PYTHON = python3.13 python3.12 python3.11 python3 python

IN_VENV = .venv/bin/python
# Errors alone are shown; a mirror's warnings are not for whoever sets this up.
INSTALL = $(IN_VENV) -m pip -qq --disable-pip-version-check --no-input install -r
COVERED = $(IN_VENV) -m pytest --cov --cov-report= --cov-fail-under=0
SAMPLE = samples/opencv_frame_0.png
# A player, a display in memory, keys for it, what OpenCV's windows need, and a browser for the pages.
TOOLS = alsa-utils xvfb xdotool libxcb1 libgl1 libglib2.0-0 chromium
# What looks for whatever keeps people from using a page; it is kept below runs/, which git ignores.
AXE = axe-core@4.14.1
# A folder with data to train with; without one, MNIST alone is used.
DATA =

.PHONY: help read pages test check lint types coverage covered-pages covered-rest tools train clean fresh

help: ## list these
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

read: .venv/.read ## install what reading needs, and read a sample
	@echo "Reading $(SAMPLE)"
	@$(IN_VENV) pipeline.py $(SAMPLE)

pages: .venv/.pages ## install what the pages need, and serve them to a browser
	@$(IN_VENV) -m web

test: .venv/.all ## install the rest, and run the tests
	@echo "Running the tests"
	@$(IN_VENV) -m pytest

check: lint types coverage ## all that CI checks: ruff, mypy, the import rules, the tests and how much they cover

lint: .venv/.all
	@echo "Checking style (ruff)"
	@$(IN_VENV) -m ruff check .

types: .venv/.all
	@echo "Checking types (mypy)"
	@$(IN_VENV) -m mypy .

coverage: .venv/.all
	@echo "Running the tests (the import rules among them), and measuring what they cover"
	@$(MAKE) --no-print-directory -j2 covered-pages covered-rest
	@$(IN_VENV) -m coverage combine -q
	@$(IN_VENV) -m coverage report

# Two halves that take about as long: those of the pages wait for a browser most of the time, so others go with them.
WITH_PAGES = tests/web tests/train/own
covered-pages:
	@COVERAGE_FILE=.coverage.pages $(COVERED) $(WITH_PAGES)

covered-rest:
	@COVERAGE_FILE=.coverage.rest $(COVERED) $(addprefix --ignore=,$(WITH_PAGES))

tools: ## on Debian, as root: what the tests of windows, sound and pages use; without them those are skipped
	@apt-get -qq update
	@DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $(TOOLS) >/dev/null
	@command -v npm >/dev/null || apt-get -qq install --yes --no-install-recommends npm >/dev/null
	@npm install --silent --no-package-lock --no-save --no-audit --no-fund --prefix runs/tools $(AXE) >/dev/null

train: .venv/.all ## make the model again, about fourteen hours: make train DATA=FOLDER
	@$(IN_VENV) -m train $(if $(DATA),--data "$(DATA)")

clean: ## remove what the tools left behind
	@rm -rf .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +

fresh: clean ## remove the environment too; the next command makes it again
	@rm -rf .venv

# The environment and what is installed in it. Each stamp is older than nothing that it was made from.

.venv/.made:
	@sh shop/environment.sh $(PYTHON)
	@touch $@

.venv/.read: .venv/.made requirements-read.txt constraints.txt
	@echo "Installing what reading needs (requirements-read.txt)"
	@$(INSTALL) requirements-read.txt
	@$(IN_VENV) -m shop.opencv
	@touch $@

.venv/.pages: .venv/.read requirements-web.txt
	@echo "Installing what the pages need (requirements-web.txt)"
	@$(INSTALL) requirements-web.txt
	@$(IN_VENV) -m shop.opencv
	@touch $@

.venv/.all: .venv/.read requirements.txt requirements-web.txt requirements-dev.txt
	@echo "Installing the rest (requirements-dev.txt; TensorFlow takes a while)"
	@$(INSTALL) requirements-dev.txt
	@$(IN_VENV) -m shop.opencv
	@touch $@
