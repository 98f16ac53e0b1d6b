# Two commands: `make study` runs the shipped study, `make test` proves it. Either sets up what it needs first.
.DEFAULT_GOAL := study
.PHONY: study test check cohort lock clean
CORES ?= all
PYTHON ?= python3
BIN := .venv/bin

# Without compiled bytecode each job compiles its imports anew, and a run takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

# Two stamps: the run needs less than the tests do.
.venv/run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version)'
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib || true
	touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib || true
	touch $@
