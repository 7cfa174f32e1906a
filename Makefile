# Clientela. `make demo` needs make and Python 3.11 or newer, nothing else.
#
#   make demo          install into .venv, run the main job on the bundled workbook
#   make test          all tests, docs and doctests included
#   make coverage      the same, and which lines no test runs (a quarter slower)
#   make check         style, types, import order, sizes
#   make docs          write docs/reference from the code, run every example of the docs
#   make bench NAME=x  run bench/x.py
#   make clean         remove results and caches (.venv stays)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# as pip does with what it copies: without it every command compiles anew where Python may not write
COMPILE := $(BIN)/python -m compileall -q -j 2 src
OUT := out/shop
PYTHON ?=

.PHONY: demo test coverage check docs bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/clientela run examples/shop_visits.xlsx --sheet sample_03 --collected A:E --label revenue_group --out $(OUT)
	@echo "Open in a browser: $(CURDIR)/$(OUT)/report.html"

test: $(VENV)/.developed
	@$(BIN)/pytest -n 2 --dist loadfile

coverage: $(VENV)/.developed
	@$(BIN)/coverage erase
	@$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term

check: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src tools
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/sizes.py

docs: $(VENV)/.developed
	$(BIN)/python tools/reference.py
	$(BIN)/pytest tests/docs

bench: $(VENV)/.developed
	@test -f "bench/$(NAME).py" || { echo "Say which: make bench NAME=x, where x is one of:"; ls bench/*.py | sed 's|bench/|  |; s|\.py$$||'; exit 2; }
	$(BIN)/python "bench/$(NAME).py"

clean:
	rm -rf out build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find src tests tools bench -type d \( -name __pycache__ -o -name .ruff_cache \) -prune -exec rm -rf {} +

# The first Python that is new enough and can make environments; PYTHON=... on the command line wins.
$(VENV)/.made:
	@found=""; for name in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
		if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found="$$name"; break; fi; \
	done; \
	if test -z "$$found"; then \
		echo "Clientela needs Python 3.11 or newer, and none was found: install one, or name it with 'make PYTHON=/path/to/python3 ...'." >&2; exit 2; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		echo "$$found cannot make environments: install its venv package (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 2; \
	fi; \
	test -x $(BIN)/python || { echo "Making $(VENV) with $$("$$found" --version)"; "$$found" -m venv $(VENV); }
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Clientela into $(VENV), which takes about a minute"
	@$(PIP) install -c constraints.txt -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.developed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing Clientela and its tools into $(VENV), which takes about a minute"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@$(COMPILE)
	@touch $@ $(VENV)/.installed
