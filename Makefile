# Everything a newcomer or a CI machine needs; `make help` lists it.
.DEFAULT_GOAL := help
BIN := .venv/bin
WORKERS ?= 2
# One more than there are cores: some tests wait out a minute, a lease or a database that hangs.
TEST_WORKERS ?= 3

.PHONY: setup
setup: ## Install everything into .venv (uv, dependencies, Java, runtimes); quick when nothing changed
	@scripts/setup.sh

.PHONY: demo
demo: setup ## Run the flights example: a real Glue PySpark job through boto3 on this machine
	@$(BIN)/openglue demo

.PHONY: check
check: setup ## Lint, types, import law and unit tests, in seconds
	@$(BIN)/ruff format --check src libs tests benchmarks scripts examples
	@$(BIN)/ruff check src libs tests benchmarks scripts examples
	@$(BIN)/mypy
	@PYTHONPATH=src:libs/awsglue/src $(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -q tests/unit -m "not long" -n $(WORKERS)

.PHONY: test
test: check ## Everything that must pass before a change lands (under 15 minutes on two cores)
	@$(BIN)/pytest -q tests/contract tests/acceptance tests/docs tests/faults tests/simulation -m "not long" -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: faults
faults: setup ## The long tiers of the fault suite; their figures go to docs/concepts/guarantees.md
	@$(BIN)/pytest -q tests/faults -m faults -n $(WORKERS) --dist load
	@$(BIN)/python tests/faults/report.py
	@$(BIN)/python scripts/reference.py

.PHONY: long
long: setup ## The slow proofs: every fuzz mutant, foreign clients, long fault tiers
	@$(BIN)/pytest -q tests -m "long and not faults" -n $(WORKERS) --dist loadfile
	@$(MAKE) --no-print-directory faults

.PHONY: bench
bench: setup ## Figures beside a peer's, measured in the same run
	@for name in codec logs api history schedule triggers start restart files dataframe bookmarks; do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

.PHONY: docs
docs: setup ## Write the generated pages of docs again
	@$(BIN)/python scripts/reference.py

.PHONY: lock
lock: ## Resolve requirements/dev.txt again
	@scripts/lock.sh

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
