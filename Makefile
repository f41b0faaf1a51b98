# make demo: set up and find a law.  make test: set up and run all checks and tests.
# make docs: build the documentation in site/.  make notebooks: examples/*.ipynb from the scripts.
# make fuzz: a minute of inputs for each reader and parser; make fuzz SECONDS=600 for longer.
# make gallery: write the finished reports of reports/gallery again.
VENV := .venv
STAMP := $(VENV)/.installed
DOCS_STAMP := $(VENV)/.docs
PYTHON ?= python3
SECONDS ?= 60

.PHONY: demo test docs gallery notebooks fuzz clean
demo: $(STAMP)
	$(VENV)/bin/symkan discover datasets/planets.csv --target "period [yr]" --out reports/planets

test: $(STAMP)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" scripts/check

docs: $(DOCS_STAMP)
	$(VENV)/bin/python scripts/docs/pictures.py
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet --strict

gallery: $(STAMP)
	$(VENV)/bin/python scripts/gallery

notebooks: $(STAMP)
	$(VENV)/bin/python -m pip install --quiet --editable ".[examples]"
	$(VENV)/bin/python scripts/notebooks

fuzz: $(STAMP)
	$(VENV)/bin/python -m pip install --quiet --editable ".[fuzz]"
	$(VENV)/bin/python scripts/fuzz --seconds $(SECONDS)

# A virtual environment with the package (editable) and what its tests need. A tree that was moved gets a new one.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --editable ".[dev]"
	touch $(STAMP)

# What the documentation needs beside it.
$(DOCS_STAMP): $(STAMP)
	$(VENV)/bin/python -m pip install --quiet --editable ".[docs]"
	touch $(DOCS_STAMP)

clean:
	rm -rf $(VENV) reports/planets site docs/pictures
