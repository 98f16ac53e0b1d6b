# Two commands: `make study` runs the shipped study (or the one in STUDY), `make test` tests the workflow. Both first set
# up what they need.
.DEFAULT_GOAL := study
.PHONY: study resume new-study test check benchmark cohort golden figures lock
CORES ?= all
# The folder of the study, with its config.yaml.
STUDY := .
PYTHON ?= python3
BIN := .venv/bin

# One line per step; the full log is in .snakemake/log.
RUN := PYTHONPATH="$(CURDIR)/scripts$${PYTHONPATH:+:$$PYTHONPATH}" $(BIN)/snakemake --logger progress -d "$(STUDY)"

# Without bytecode each job compiles its imports again, and a run takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

study: .venv/run
	@$(RUN) --cores $(CORES)

# After a killed run: unlock the folder, then make again what was not finished.
resume: .venv/run
	@$(RUN) --unlock
	@$(RUN) --cores $(CORES) --rerun-incomplete

# A config drafted from tables: make new-study DIR=../my-study TABLES="patients.xlsx lesions.csv". Without tables, a small
# study that runs as it stands. It never overwrites a file.
new-study: .venv/run
	@test -n "$(DIR)" || { echo 'Name the folder: make new-study DIR=../my-study TABLES="patients.xlsx lesions.csv"'; exit 2; }
	@$(BIN)/python scripts/new_study/draft_config.py "$(DIR)" $(TABLES)

test: .venv/dev
	$(BIN)/pytest -m 'not workflow' -n auto --dist loadfile
	$(BIN)/pytest -m workflow

# Further checks: style, and Snakemake's own advice.
check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# Run times beside R's, as the README prints them; about six minutes. Needs R with MatchIt, survival and survminer.
benchmark: .venv/run
	@$(BIN)/python tests/benchmark/compare.py

# Make the shipped synthetic cohort again, with the same bytes each time.
cohort: .venv/dev
	$(BIN)/python scripts/synthetic_cohort/make_cohort.py resources/cohort

# R's answers on the cohort, for the golden tests; needs R with its survival package.
golden:
	LC_ALL=C.UTF-8 Rscript scripts/synthetic_cohort/verify_cohort.R resources/cohort tests/golden/hcc_trp

# The figures in the README, from a run; needs graphviz and Debian's chromium.
figures: study
	mkdir -p docs/figures
	for figure in flowchart love_plot survival_matched prognosis subgroup_line subgroups_forest waterfall_mrecist spider_mrecist swimmer_mrecist safety; do \
		cp results/figures/$$figure.png docs/figures/; done
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=900,1150 \
		--screenshot=docs/figures/report.png file://$(CURDIR)/results/report/report.html
	command -v dot >/dev/null # before the picture is opened for writing
	$(BIN)/snakemake --rulegraph | sed '/-> 0$$/d; /^\t0\[/d' | dot -Tsvg > docs/figures/rulegraph.svg # without `all`

# The lock, from pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -q \
		-c requirements.txt -o requirements-dev.txt
	uv pip compile --group pyproject.toml:cluster --no-deps --universal --python-version 3.11 --generate-hashes --no-header \
		-q -c requirements.txt -o requirements-cluster.txt

# Two stamps, because a run needs less than the tests.
.venv/run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib || true
	touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m compileall -q -j 0 .venv/lib || true
	touch $@
