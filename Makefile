# Each target works on its own first: it makes .venv when there is none, and renews it when the
# dependencies change.
PYTHON ?= python3
BIN := .venv/bin

# Use a local data folder if one lies beside the checkout.
ifndef EMBUDO_DATA
ifneq ($(wildcard ../shared/data/.),)
export EMBUDO_DATA := $(abspath ../shared/data)
endif
endif

.DEFAULT_GOAL := help
.PHONY: help demo test exhaustive slow check docs bench benchmark-energy benchmark-autoencoders benchmark-gan benchmark-stacked-mnist benchmark-recommenders clean

help:            ## list these targets
	@sed -n 's/^\([a-z-]*\): .*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 32

demo: .venv/.installed   ## train on handwritten digits and write demo/report.html
	@$(BIN)/embudo demo -o demo

test: .venv/.installed   ## run the test suite
	@$(BIN)/python -m pytest -m "not exhaustive"

exhaustive: .venv/.installed  ## run the common tests on every variant of every model
	@$(BIN)/python -m pytest -m exhaustive

slow: .venv/.installed   ## run only the tests marked slow
	@$(BIN)/python -m pytest -m slow

check: .venv/.installed  ## format, lint, types, import contract, tests, docs
	@scripts/check

docs: .venv/.installed   ## build the documentation into docs/_build/html
	@scripts/docs

bench: .venv/.installed  ## measure speed, features and memory against the peers
	@for name in rbm_speed layer_speed unit_speed rbm_features rbm_classifier why_restricted \
	  up_down tempering adult_imputation transform_memory sample_quality; do \
	  $(BIN)/python benchmarks/$$name.py || exit 1; done

benchmark-energy: .venv/.installed  ## measure likelihoods and deep networks, which takes hours
	@$(BIN)/python benchmarks/density_binary.py --data-dir $(or $(EMBUDO_DATA),data)/binary
	@for name in density_mnist density_deep rbm_likelihood unrolled dbn_classifier; do \
	  $(BIN)/python benchmarks/$$name.py || exit 1; done

benchmark-autoencoders: .venv/.installed  ## measure what autoencoders do, which takes hours
	@for name in speed codes features pretraining denoising map anomalies density; do \
	  $(BIN)/python benchmarks/autoencoder_$$name.py || exit 1; done

benchmark-gan: .venv/.installed  ## measure what GANs make up, which takes hours
	@$(BIN)/python benchmarks/digit_features.py
	@for name in modes mnist speed tables; do \
	  $(BIN)/python benchmarks/gan_$$name.py || exit 1; done

benchmark-stacked-mnist: .venv/.installed  ## count which of 1,000 triples of digits a GAN makes, over night
	@$(BIN)/python benchmarks/gan_stacked_mnist.py

benchmark-recommenders: .venv/.installed  ## measure recommenders, on your download of MovieLens 100K
	@for name in ratings ranking cost; do \
	  $(BIN)/python benchmarks/recommend_$$name.py || exit 1; done

clean:           ## remove everything that can be made again
	rm -rf .venv demo dist docs/_build docs/reference/generated benchmarks/results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints.txt
	@scripts/setup "$(PYTHON)"
