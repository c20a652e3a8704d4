# Everything below needs a Python of at least 3.11 and the package index, nothing else: `make run`, `make test`.
PYTHON ?= python3
BIN := .venv/bin
FIRST_LOOK := runs/first_look
# Processes that share the tests.
JOBS ?= 2
# With bytecode: tests start processes, and modules are compiled once for all of them.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

.PHONY: run test slow studies lab readme docs check lint types conf bench picture figures clean

# The first look: four ways of distributing SGD over 32 workers, simulated and compared.
run: .venv/installed
	rm -rf $(FIRST_LOOK)
	$(BIN)/paceline -m experiment=first_look hydra.sweep.dir=$(FIRST_LOOK)
	$(BIN)/paceline report $(FIRST_LOOK) --best protocol

# Laws and units: at most three minutes on two cores. The docstrings are looked at by `make lint`.
test: .venv/installed
	$(PYTEST) -m "not slow" --ignore=tests/test_docstrings.py

# Whole commands, whole trainings and long laws: docs/development.md has the list.
slow: .venv/installed
	$(PYTEST) -m slow --ignore=tests/lab

# Jobs of real processes over emulated links, with their predictions: at most three minutes. What namespaces are needed
# for is skipped where none can be made, and the line of a test says why.
lab: .venv/installed
	$(BIN)/python -m pytest -m slow tests/lab -rs

# Of these, the quick form of every study.
studies: .venv/installed
	$(PYTEST) -m slow tests/front_door/test_quick_studies.py

# The commands that README.md shows, typed one after the other.
readme: run
	.ci/readme

# The docs as a site, in build/docs; what sphinx warns of is an error.
docs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/python -m sphinx --quiet --fail-on-warning --write-all -d build/doctrees docs build/docs

# Everything that must hold before a change is merged.
check: lint types docs test slow lab readme

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/python -m pytest --quiet tests/test_docstrings.py

types: .venv/installed
	$(BIN)/mypy

# Writes conf/ from the dataclasses and what their docstrings say of each field.
conf: .venv/installed
	$(BIN)/python -m sim.config.write_conf

# Beside peers, in the same run, printed as ratios.
bench: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[benchmark]'
	for each in benchmarks/[a-z]*.py; do $(BIN)/python $$each || exit 1; done

# The picture in README.md.
picture: run
	$(BIN)/python docs/first_look.py $(FIRST_LOOK) docs/first_look.png

# The pictures in docs/figures.md and docs/tutorials/paper_author.md, and how they look without colours.
PLOT = $(BIN)/paceline plot
figures: run
	$(BIN)/paceline -m experiment=topologies hydra.sweep.dir=runs/topologies
	$(BIN)/paceline -m protocol=async_ps,softsync,hardsync workers=6 straggler=exponential until.updates=60 record.spans=true hydra.sweep.dir=runs/spans
	$(PLOT) runs/topologies --x workers --y seconds_to_target --by topology --facets network --baseline ring
	$(PLOT) runs/topologies --y test_accuracy --x bytes --by topology --facets network,workers
	$(PLOT) runs/topologies --y seconds_to_target --x spectral_gap --by topology --facets network
	$(PLOT) $(FIRST_LOOK) --y test_accuracy --by protocol --best optimizer.lr
	$(PLOT) $(FIRST_LOOK) --y utilisation --best optimizer.lr
	$(PLOT) runs/spans --y staleness
	$(PLOT) runs/spans --y gantt --window 0:0.004
	$(BIN)/python docs/figures.py docs/figures $$(ls runs/topologies/figures/*1col.png $(FIRST_LOOK)/figures/*1col.png runs/spans/figures/*1col.png)

# Removes what make has made; your own results (outputs, multirun) stay.
clean:
	rm -rf .venv build docs/generated *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis $(FIRST_LOOK)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "paceline needs Python 3.11 or newer; for example: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	PIP_USE_PEP517=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@
