# Everything a person or a machine does with this checkout. Exactly two of these set up all they need by themselves:
#   make serve   serve pictures (DICOM=folder to serve; nothing: what was indexed before, or the sample objects)
#   make test    run all tests
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := tests/clients/node_modules/.installed
DICOM ?=
BENCH ?=
IMAGE ?=
SERVE_ARGS ?=

# Each of the many processes would compile the program anew, which costs more than all else that it does to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup serve test check format lint types floors tests coverage docs lock system-packages client-packages corpus bench bench-parts transcoding faults fuzz soak cluster image clean

help:
	@sed -n '2,4p' Makefile | sed 's/^# *//'

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml scripts/setup
	scripts/setup "$(PYTHON)" "$(VENV)"
	@touch $@

serve: setup
	$(BIN)/openwado serve $(DICOM) $(SERVE_ARGS)

# The whole of it: set-up, system packages that tests need, then every check.
test:
	$(MAKE) -j2 setup client-packages
	$(MAKE) check

system-packages:
	scripts/system-packages

client-packages: $(CLIENTS)

$(CLIENTS): tests/clients/package-lock.json tests/clients/packed.txt tests/azurite/package-lock.json scripts/client-packages | system-packages
	scripts/client-packages

check: format lint types floors docs tests

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports

docs: setup
	$(BIN)/python scripts/generated_docs.py --check

tests: setup
	$(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder

# The same with what the tests reach, server processes included: a third slower. Confined ones could not write it down.
coverage: setup
	OPENWADO_RENDER_SANDBOX=off $(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder --cov --cov-report=term

lock:
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet --group dev pyproject.toml --output-file requirements.lock

# The server beside Orthanc (Debian: orthanc orthanc-dicomweb) and beside the floor; BENCH="--rounds 3 --write" for docs/performance.md.
bench: setup
	$(BIN)/python benchmarks/speed.py $(BENCH)

bench-parts: setup
	$(BIN)/python benchmarks/index.py
	$(BIN)/python benchmarks/indexing.py
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/hop.py
	$(BIN)/python benchmarks/render.py
	$(BIN)/python benchmarks/stores.py
	$(BIN)/python benchmarks/cluster_parts.py

# Every object of a folder (DICOM=folder; nothing: the given corpus) in every transfer syntax, read back by three readers.
transcoding: setup
	$(BIN)/python benchmarks/transcoding.py $(DICOM)

# A hundred processes of a server killed at random while senders store objects; KILLS=n for another number.
faults: setup
	OPENWADO_KILLS=$(or $(KILLS),100) $(BIN)/pytest -q -s tests/corridor/test_faults.py

# Readers in pure Python, fuzzed under the guidance of coverage: SECONDS=n for each of ten; then properties with many examples.
fuzz: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	$(BIN)/python benchmarks/fuzz.py --seconds $(or $(SECONDS),120)
	OPENWADO_FUZZ_EXAMPLES=$(or $(EXAMPLES),5000) $(BIN)/pytest -q -n auto tests/test_fuzz_targets.py

# Load while processes are killed, the disk is slow and the server is started again: MINUTES=n, an hour if nothing is said.
soak: setup
	$(BIN)/python benchmarks/soak.py --minutes $(or $(MINUTES),60)

# Two servers, PostgreSQL, Ceph's gateway and nginx, as docs/scaling.md has them; each server is killed under load.
cluster: setup system-packages
	CI=true $(BIN)/pytest -q -s tests/corridor/test_cluster.py

# The image of examples/container, built, run and looked at: needs podman (IMAGE="--engine docker") and a base image.
image: setup
	$(BIN)/python scripts/try_image.py $(IMAGE)

clean:
	rm -rf $(VENV) tests/azurite/node_modules tests/clients/node_modules tests/clients/packed .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
