# make demo: set up and find a law.  make test: set up and run all checks and tests.
# make gallery: write the finished reports of reports/gallery again.
VENV := .venv
STAMP := $(VENV)/.installed
PYTHON ?= python3

.PHONY: demo test gallery clean
demo: $(STAMP)
	$(VENV)/bin/symkan discover datasets/planets.csv --target "period [yr]" --out reports/planets

test: $(STAMP)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" scripts/check

gallery: $(STAMP)
	$(VENV)/bin/python scripts/gallery

# A virtual environment with the package (editable) and what its tests need. A tree that was moved gets a new one.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --editable ".[dev]"
	touch $(STAMP)

clean:
	rm -rf $(VENV) reports/planets
