# make demo   open the sample recording (without a display: draw it to demo.png)
# make test   everything CI checks
# Both set up what they need: a .venv here and, where allowed, system libraries.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := sample_data/sample.plx

.PHONY: demo test lint check-format types imports pytest bench sample pictures shortcuts clean

demo: $(VENV)/.run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		$(BIN)/rawscope $(SAMPLE); \
	else \
		echo "no display: drawing the sample to a picture"; \
		$(BIN)/rawscope snapshot $(SAMPLE) -o demo.png --duration 2; \
	fi

test: lint types imports pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

pytest: $(VENV)/.test
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

# What takes too long for every change: a window used at random for ten minutes.
nightly: $(VENV)/.test
	$(BIN)/pytest -m nightly

bench: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks

# The small recordings in sample_data are made by this, the same bytes each time.
sample: $(VENV)/.test
	$(BIN)/python -m sample_data.make_sample_data

pictures: $(VENV)/.test
	$(BIN)/python -m tests.pictures

# The keys and what the mouse does, from the tables that the window is made from.
shortcuts: $(VENV)/.test
	$(BIN)/python -m viewer.qt.window.shortcuts > docs/shortcuts.md

# What the viewer needs to run. A failed look for system libraries is said and gone on from:
# pictures need none of them.
$(VENV)/.run: pyproject.toml
	@.ci/system-packages run || true
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# What the tests need besides.
$(VENV)/.test: pyproject.toml
	@.ci/system-packages test
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
