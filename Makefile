# Every everyday act in one word; .ci/run calls these and nothing else. 'make' alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo check test test-faults bench verapdf dist lock clean
py := .venv/bin/python

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' $(MAKEFILE_LIST) | awk '{ printf "  make %-11s", $$2; $$1 = $$2 = ""; print $$0 }'

setup: ## install what is missing: Debian packages, .venv, locked Python packages
	@tools/setup.sh

demo: setup ## the whole road on samples/ in a fresh home demo/
	@tools/demo.sh

check: setup ## style, types and import floors, as in continuous integration
	$(py) -m ruff check .
	$(py) -m ruff format --check .
	$(py) -m mypy
	$(py) -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'
	@echo 'check: style, types and import floors are in order.'

test: setup ## all tests
	@if $(py) -m pytest -n auto --dist loadfile; then echo 'test: every test that could run here has passed.'; \
	else echo 'test: NOT passed; the lines above say which tests failed.' >&2; exit 1; fi

test-faults: ## kill -9 at every step, power cut, full disk …: the fault matrix row by row
	@tools/setup.sh --faults
	@if $(py) -m pytest -m "fault or slow_fault" tests; then echo 'test-faults: every row that could run here has passed.'; \
	else echo 'test-faults: NOT passed; the table above says which rows failed.' >&2; exit 1; fi

bench: setup ## speed, size and error rate beside OCRmyPDF, which goes into .bench
	@tools/bench.sh
	@$(py) bench/bench.py

verapdf: ## the runner with which tests validate PDF/A; needs Java and Maven
	mvn -q -B -f tools/verapdf/pom.xml package

dist: setup ## wheel and source archive into dist/
	$(py) -m hatchling build --clean
	@ls -l dist

lock: setup ## write requirements.lock anew from pyproject.toml (LOCK_UPGRADE=1: newest versions)
	@tools/lock.sh

clean: ## remove everything that can be made again
	rm -rf .venv .bench demo dist tools/verapdf/target .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
