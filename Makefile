# make train · make test · make check · make bench: each sets itself up. Works with make 3.81.
# TORCH=auto (default) takes a CPU build of torch where no NVIDIA driver is, TORCH=cpu always,
# TORCH=cuda the index's own build. A pip that is configured (index, find-links) is left alone.
PYTHON ?= python3
TORCH ?= auto
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.xinzhi-set-up

.PHONY: setup train test check bench notebooks clean

train: $(STAMP)
	$(BIN)/xinzhi train

test: $(STAMP)
	$(BIN)/python -m pytest -n 2

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/deptry src

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python benchmarks/text_speed.py
	$(BIN)/python benchmarks/step_overhead.py
	$(BIN)/python benchmarks/data_road.py
	$(BIN)/python benchmarks/data_reading.py
	$(BIN)/python benchmarks/near_duplicates.py
	$(BIN)/python benchmarks/table_features.py
	$(BIN)/python benchmarks/tabular_quality.py disease_progression --splits 3
	$(BIN)/python benchmarks/link_speed.py
	$(BIN)/python benchmarks/config_faults.py
	$(BIN)/python benchmarks/ledger_status.py
	$(BIN)/python benchmarks/sweep_speed.py
	$(BIN)/python benchmarks/sweep_kill.py
	$(BIN)/python benchmarks/intervals.py
	$(BIN)/python benchmarks/gate_simulation.py
	$(BIN)/python benchmarks/why_causes.py

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml scripts/setup.sh
	PYTHON=$(PYTHON) TORCH=$(TORCH) sh scripts/setup.sh $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) build dist src/*.egg-info
