# One command per duty, the same here and in CI. Needs make and Python 3.11 or newer;
# everything else goes into .venv. PYTHON=/path/to/python chooses the interpreter.

MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of kernels: where this is set, each of them would compile livens anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
EXTRAS := dev
CONSTRAINTS :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## say what there is
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/installed ## run a notebook on the livens kernel, its variables live in the terminal
	@$(BIN)/jupyter livens run examples/quickstart.ipynb

.PHONY: install
install: $(VENV)/installed-extras $(VENV)/installed-lab ## install all that the checks need
	@.ci/find-redis >/dev/null

# -- checks ------------------------------------------------------------------------------

# Tests that start no process, and the examples in docstrings. Coverage is measured here only.
UNIT_TESTS := tests/unit tests/repository tests/conformance kernel/livens
# Tests with real kernels, and those with libraries that take long to load.
KERNEL_TESTS := tests/kernel tests/libraries
# Tests with real servers, and with kernels in a sandbox.
SERVER_TESTS := tests/server tests/sandbox
# Tests with Pyodide under Node, with the module of kernel/pyodide built.
PYODIDE_TESTS := tests/pyodide
# They wait more than they compute: on two cores, four processes are quickest. The tests of a file
# stay in one process, where they share a kernel.
WORKERS := 4
IN_PARALLEL = -n $(WORKERS) --dist loadfile --durations 10

# Run tests. ARGS may choose some that are all in the other half; no test is a failure otherwise.
PYTEST = $(BIN)/python -m pytest
OR_NONE = $(if $(ARGS),|| [ $$? -eq 5 ])

.PHONY: test
test: lint types imports test-unit test-kernel ## lint, types, import contract, then the tests

.PHONY: test-unit
test-unit: $(VENV)/installed-extras ## only the tests that start no process, with coverage
	@.ci/find-redis >/dev/null
	@$(PYTEST) $(UNIT_TESTS) --cov -n 2 $(ARGS) $(OR_NONE)

.PHONY: lint
lint: $(VENV)/installed-extras ## check style and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: types
types: $(VENV)/installed-extras ## check the types of the package
	@$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/installed-extras ## check that the rooms import only what is below them
	@$(BIN)/lint-imports --no-logo

.PHONY: test-kernel
test-kernel: $(VENV)/installed-extras ## only the tests with real kernels and with large libraries
	@.ci/find-redis >/dev/null
	@$(PYTEST) $(KERNEL_TESTS) $(IN_PARALLEL) $(ARGS) $(OR_NONE)

.PHONY: test-server
test-server: $(VENV)/installed-extras ## the tests with real servers, and with kernels in a sandbox
	@.ci/find-bubblewrap >/dev/null
	@$(PYTEST) $(SERVER_TESTS) $(IN_PARALLEL) $(ARGS) $(OR_NONE)

.PHONY: test-conformance
test-conformance: test-pyodide-conformance test-node-kernel ## the protocol's tests on all hosts
	@$(PYTEST) tests/kernel/test_conformance.py $(ARGS)

# In a page, and under Node as a module. The kernel under Node has them among its own.
.PHONY: test-pyodide-conformance
test-pyodide-conformance: $(VENV)/installed-extras pyodide
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	$(PYTEST) $(PYODIDE_TESTS)/test_conformance.py $(ARGS)

.PHONY: scorecard
scorecard: $(NODE_KERNEL) test-panel-unit ## write docs/scorecard.md: kernels and clients against the protocol
	@PYTHONPATH=tests/conformance $(BIN)/python -m livens_conformance livens stock node \
		--client "livens.watch=$(BIN)/python tests/support/tried_client.py" \
		--client "panel=node $(PANEL)/tests/conformance/client.mjs" \
		--markdown docs/scorecard.md $(ARGS)

# The kernel in Pyodide, installed as users do it: `jupyter livens install --pyodide`.
NODE_KERNEL := $(VENV)/share/jupyter/kernels/livens-pyodide/kernel.json
NODE_KERNEL_SOURCES := $(wildcard kernel/pyodide/kernel/*.*) \
	$(shell find kernel/livens -name '*.py')

.PHONY: test-node-kernel
test-node-kernel: $(NODE_KERNEL) ## the tests of the kernel in Pyodide, under Node
	@$(PYTEST) $(PYODIDE_TESTS)/kernel $(ARGS) $(OR_NONE)

.PHONY: bench-node-kernel
bench-node-kernel: $(NODE_KERNEL) ## measure the kernel in Pyodide beside the native one
	@$(BIN)/python -m benchmarks.pyodide_kernel $(ARGS)

$(NODE_KERNEL): $(VENV)/installed-extras $(NODE_KERNEL_SOURCES)
	@.ci/find-node
	@$(BIN)/jupyter livens install --pyodide --sys-prefix

.PHONY: test-pythons
test-pythons: $(VENV)/made-with ## what depends on the interpreter, on every other Python of here
	@used=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	others=$$(.ci/find-python --all | grep -v "^$$used "); \
	[ -n "$$others" ] || echo "No Python from 3.11 on but $$used is here"; \
	echo "$$others" | while read -r version python; do \
		[ -n "$$version" ] || continue; \
		echo "== Python $$version =="; \
		$(MAKE) VENV=.venv-$$version EXTRAS=test PYTHON="$$python" test-python </dev/null || exit 1; \
	done

# Tests say by their mark `every_python` why another interpreter may fail them.
.PHONY: test-python
test-python: $(VENV)/installed-extras
	@$(PYTEST) $(UNIT_TESTS) -n 2 $(ARGS) $(OR_NONE)
	@$(PYTEST) tests/kernel -m every_python $(IN_PARALLEL) $(ARGS) $(OR_NONE)

.PHONY: test-lowest
test-lowest: ## all tests but those of the libraries, on the oldest dependencies that we allow
	@# What tests/libraries describes is no dependency of ours.
	@$(MAKE) VENV=.venv-lowest EXTRAS=test CONSTRAINTS=.venv-lowest/constraints.txt \
		KERNEL_TESTS=tests/kernel test-unit test-kernel

# -- proofs ------------------------------------------------------------------------------
# What the tests do for a moment, for as long as it takes to be sure. None is part of `.ci/run`.

.PHONY: prove-torture
prove-torture: $(VENV)/installed-extras ## a minute with a namespace full of traps
	@LIVENS_PROVE=1 $(PYTEST) tests/kernel/test_torture.py $(ARGS)

# They ask how fast something is, so nothing else may run beside them.
.PHONY: prove-pace
prove-pace: $(VENV)/installed-extras ## fast loops, first lines and all examples, on an idle machine
	@LIVENS_PROVE=1 $(PYTEST) $(addprefix tests/kernel/test_,watching.py table_pages.py \
		rules_in_kernel.py run.py) $(ARGS)

.PHONY: prove-runs
prove-runs: $(VENV)/installed-extras ## two hundred runs of notebooks leave nothing behind
	@$(BIN)/python -m benchmarks.manyruns --runs 200 $(ARGS)

.PHONY: prove-targets
prove-targets: $(VENV)/installed-extras ## five hundred pairs of inputs and targets, with real runs
	@LIVENS_PROVE=1 $(PYTEST) tests/kernel/test_any_targets.py $(ARGS)

# Runs that are ended at random moments, each way so many times.
.PHONY: prove-ends
prove-ends: $(VENV)/installed-extras ## every end of a run tells the truth and leaves nothing behind
	@$(BIN)/python -m benchmarks.ends --times $(TIMES) $(ARGS)

.PHONY: prove-share
prove-share: $(VENV)/installed-extras ## kernels and programs that share names agree, on two hosts too
	@.ci/find-redis >/dev/null
	@PYTHONPATH=tests/support $(BIN)/python -m benchmarks.sharing $(ARGS)

# About 60 MB for each process.
PROCESSES := 50
SECONDS := 60

.PHONY: prove-fleet
prove-fleet: $(VENV)/installed-extras ## fifty processes in one terminal view: last values, memory
	@PYTHONPATH=tests/support $(BIN)/python -m benchmarks.fleet \
		--processes $(PROCESSES) --seconds $(SECONDS) $(ARGS)

# On an idle machine.
.PHONY: prove-cluster
prove-cluster: $(VENV)/installed-extras ## updates a second of four engines, and what dask tasks cost
	@$(BIN)/python -m benchmarks.clusters $(ARGS)

.PHONY: prove-floods
prove-floods: $(VENV)/installed-extras ## a million changes, fifty subscribers, one of them deaf
	@$(BIN)/python -m benchmarks --only flood --strict $(ARGS)

# Kernels, clients and runs that are killed, interrupted and started again.
TIMES := 20

.PHONY: prove-kills
prove-kills: $(VENV)/installed-extras ## whatever kills or interrupts something, twenty times
	@for number in $$(seq $(TIMES)); do \
		echo "== $$number of $(TIMES) =="; \
		$(PYTEST) tests/kernel -q -k "kill or dies or interrupt or restart or first_start" \
			-n $(WORKERS) --dist loadfile $(ARGS) || exit 1; \
	done

# On loopback, on an idle machine; 200 kernels take about 8 GB.
.PHONY: prove-server
prove-server: $(VENV)/installed-extras ## two hundred sessions under load, and how quick one is
	@$(BIN)/python -m benchmarks.server $(ARGS)

# In its own environment, because schemathesis is for this alone.
CONTRACT := .venv-contract

.PHONY: prove-server-contract
prove-server-contract: ## schemathesis, with the OpenAPI document of a real server
	@$(MAKE) VENV=$(CONTRACT) EXTRAS=contract $(CONTRACT)/installed-extras
	@$(CONTRACT)/bin/python -m tests.server.contract $(ARGS)
# In an environment of its own: it wants jupyter_client before 7 and jupyter_server before 2.
ENTERPRISE := .venv-enterprise

.PHONY: prove-gateways
prove-gateways: $(VENV)/installed-extras ## sessions behind Enterprise Gateway, a real one
	@[ -x $(ENTERPRISE)/bin/jupyter-enterprisegateway ] || { "$$(.ci/find-python)" -m venv $(ENTERPRISE) && \
		$(ENTERPRISE)/bin/pip install --quiet 'jupyter_enterprise_gateway>=3.3,<4'; }
	@LIVENS_ENTERPRISE_GATEWAY="$(abspath $(ENTERPRISE))/bin/python" \
		$(PYTEST) tests/server/test_gateway.py $(ARGS)

# In a page, in JupyterLite and under Node, on an idle machine.
.PHONY: prove-pyodide
prove-pyodide: ## how much of two seconds is told in Pyodide, what it costs, and long tasks
	@$(MAKE) ARGS=--strict bench-pyodide
	@LIVENS_PROVE=1 $(MAKE) test-pyodide-page test-lite-browser
	@$(MAKE) bench-node-kernel

# What the text of functions means may differ between versions of Python.
# Kernels that are killed, and file systems that fail. As root it also has a full and a read-only disk.
.PHONY: prove-state
prove-state: $(VENV)/installed-extras ## archives survive kill -9 and failing disks, and cost little
	@$(BIN)/python -m benchmarks.state_proof --times $(or $(STATE_TIMES),200) $(ARGS)
	@$(BIN)/python -m benchmarks.state_back $(NOTEBOOKS)

# pip fetches the source distributions of installed libraries, for the notebooks in them.
.PHONY: prove-state-notebooks
prove-state-notebooks: $(VENV)/installed-extras ## going back and forth is exact in twenty notebooks
	@PYTHONPATH=tests/support $(BIN)/python -m benchmarks.state_back --fetched $(ARGS)

# In an environment of its own: it asks for other versions of much.
KISHU := .venv-kishu

.PHONY: bench-state
bench-state: $(VENV)/installed-extras ## what keeping costs, beside cloudpickle, dill and Kishu
	@test -x $(KISHU)/bin/kishu || { echo "Installing Kishu"; $(BIN)/python -m venv $(KISHU) && \
		$(KISHU)/bin/python -m pip install --quiet "kishu==0.3.4"; } || true
	@$(BIN)/python -m benchmarks.state_cost $(ARGS) \
		$$(test -x $(KISHU)/bin/kishu && echo --kishu $(KISHU)/bin/python)
	@PYTHONPATH=tests/support $(BIN)/python -m benchmarks.state_kinds

.PHONY: prove-state-pythons
prove-state-pythons: $(VENV)/installed-extras ## what one Python keeps, every other one of here restores
	@used=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	pythons="$(abspath $(BIN))/python"; \
	for version in $$(.ci/find-python --all | cut -d' ' -f1 | grep -v "^$$used$$"); do \
		$(MAKE) VENV=.venv-$$version EXTRAS=test .venv-$$version/installed-extras \
			PYTHON="$$(.ci/find-python --all | sed -n "s/^$$version //p")" || exit 1; \
		pythons="$$pythons $(CURDIR)/.venv-$$version/bin/python"; \
	done; \
	.ci/prove-state-pythons $$pythons

.PHONY: prove-mcp
prove-mcp: $(VENV)/installed-extras ## the conformance suite of MCP's authors on `jupyter livens mcp`
	@.ci/find-node
	@.ci/prove-mcp $(BIN) $(VENV)/mcp-conformance

.PHONY: prove-load
prove-load: $(VENV)/installed-extras ## the tests with kernels, while another process takes a core
	@$(BIN)/python -c 'while True: pass' & load=$$!; trap 'kill $$load' EXIT INT TERM; \
	$(MAKE) test-kernel

# -- tests of others ---------------------------------------------------------------------
# In its own environment, with the versions that stock.json tells of.
FOREIGN := .venv-foreign

.PHONY: test-foreign
test-foreign: ## the tests of ipykernel, nbclient and jupyter_kernel_test, on stock and on livens
	@$(MAKE) VENV=$(FOREIGN) EXTRAS=foreign CONSTRAINTS=tests/foreign/versions.txt \
		$(FOREIGN)/installed-extras
	@cd tests && ../$(FOREIGN)/bin/python -m foreign $(ARGS)

.PHONY: test-foreign-ci
test-foreign-ci: ## the same on livens alone, against the stored outcomes of stock
	@$(MAKE) ARGS="--ci $(ARGS)" test-foreign

.PHONY: test-fast
test-fast: $(VENV)/installed-extras ## only the tests that start no kernel, server or terminal
	@$(PYTEST) -m "not slow" $(ARGS)

# -- the panel for JupyterLab ------------------------------------------------------------
# Building it needs Node.js. What it is built and tested with goes into .venv and node_modules.

PANEL := kernel/labextension
PANEL_SOURCES := $(wildcard $(addprefix $(PANEL)/,src/*.ts src/*/*.ts* style/* schema/* \
	scripts/widget.mjs scripts/page.mjs))
IN_PANEL = cd $(PANEL) && PATH="$(abspath $(BIN)):$$PATH"
LABEXTENSION := $(VENV)/share/jupyter/labextensions/livens

.PHONY: panel
panel: $(VENV)/installed-panel ## build the panel for JupyterLab, and the widget

.PHONY: lab
lab: panel ## start JupyterLab with an example notebook and the panel open
	@$(BIN)/python $(PANEL)/scripts/lab.py $(ARGS)

.PHONY: test-panel
test-panel: test-panel-unit test-panel-browser test-page ## all the tests of the panel

.PHONY: test-panel-unit
test-panel-unit: panel ## format, generated types, and the tests of the panel that need no browser
	@$(IN_PANEL) jlpm lint
	@$(IN_PANEL) jlpm protocol --check
	@$(IN_PANEL) jlpm test
	@PYTHONPATH=tests/conformance $(BIN)/python -m livens_conformance \
		--client "panel=node $(PANEL)/tests/conformance/client.mjs"

.PHONY: test-panel-browser
test-panel-browser: panel ## the tests of the panel in Chromium, with JupyterLab and real kernels
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	export LIVENS_BIN="$(abspath $(BIN))" && $(IN_PANEL) jlpm test:browser $(ARGS)

.PHONY: test-page
test-page: panel ## the tests of the page of `jupyter livens serve` in Chromium, with real sessions
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	export LIVENS_BIN="$(abspath $(BIN))" && $(IN_PANEL) jlpm test:page $(ARGS)

# Minutes of updates after which the memory of the page is compared.
MINUTES := 10

.PHONY: bench-panel
bench-panel: panel $(VENV)/installed-extras ## measure the panel in Chromium, and write the table
	@figures=$$(mktemp) && $(MAKE) LIVENS_FIGURES=$$figures LIVENS_MINUTES=$(MINUTES) \
		ARGS="-g '(pixels|its time|memory stays|ten thousand)'" test-panel-browser && \
	$(BIN)/python -m benchmarks --panel $$figures && rm -f $$figures

# Its own environment, with the JupyterLab and the Notebook 7 that the panel has to load in at least.
LOWEST_LAB := .venv-lab-lowest

.PHONY: test-panel-lowest
test-panel-lowest: panel ## a few tests of the panel in the oldest JupyterLab and Notebook 7
	@$(MAKE) VENV=$(LOWEST_LAB) EXTRAS=lab-lowest $(LOWEST_LAB)/installed-extras
	@extensions=$(LOWEST_LAB)/share/jupyter/labextensions && mkdir -p $$extensions && \
	ln -sfn "$(CURDIR)/$(PANEL)/build" $$extensions/livens
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	export LIVENS_BIN="$(abspath $(LOWEST_LAB)/bin)" && $(IN_PANEL) jlpm test:browser hosts $(ARGS)

.PHONY: protocol
protocol: $(PANEL)/node_modules/installed ## write the panel's types of the protocol anew
	@$(IN_PANEL) jlpm protocol

$(PANEL)/node_modules/installed: $(VENV)/installed-lab $(PANEL)/package.json $(PANEL)/yarn.lock
	@.ci/find-node
	@echo "Installing what the panel is built with"
	@log=$$(mktemp) && { ($(IN_PANEL) jlpm install --immutable) >$$log 2>&1 || \
		{ cat $$log; rm -f $$log; exit 1; }; } && rm -f $$log
	@touch $@

$(PANEL)/build/package.json: $(PANEL)/node_modules/installed $(PANEL)/tsconfig.json $(PANEL_SOURCES)
	@echo "Building the panel"
	@$(IN_PANEL) jlpm build
	@touch $@

# JupyterLab finds the panel by a link, so that what is built is what is seen.
$(VENV)/installed-panel: $(PANEL)/build/package.json
	@mkdir -p $(dir $(LABEXTENSION)) && rm -rf $(LABEXTENSION) && \
	ln -s "$(CURDIR)/$(PANEL)/build" $(LABEXTENSION)
	@touch $@

# -- Pyodide -----------------------------------------------------------------------------
# The module for npm. Its views are the panel's, so that they are built with what the panel is.

PYODIDE := kernel/pyodide
PYODIDE_SOURCES := $(wildcard $(addprefix $(PYODIDE)/,src/*.ts src/*.tsx scripts/* *.json) \
	$(addprefix $(PANEL)/,src/*/*.ts* style/*.css) \
	$(addprefix kernel/livens/,*.py */*.py */*/*.py */*/*/*.py))
# msgspec is the one library that livens needs there: PyPI has it for Pyodide's Python.
MSGSPEC := --platform pyemscripten_2026_0_wasm32 --python-version 3.14 --abi cp314 msgspec==0.22.0

.PHONY: pyodide
pyodide: $(PYODIDE)/dist/livens-python.zip ## build the npm module for Pyodide

.PHONY: test-pyodide
test-pyodide: test-pyodide-node test-pyodide-page test-pyodide-conformance test-node-kernel \
	test-lite ## all the tests with Pyodide: the module, the kernel under Node, JupyterLite

.PHONY: test-pyodide-node
test-pyodide-node: pyodide ## the tests of the module under Node, and its format
	@$(IN_PANEL) jlpm prettier --check --config package.json ../pyodide/src \
		../pyodide/scripts ../pyodide/tests ../pyodide/kernel ../jupyterlite/tests \
		../../tests/pyodide ../../examples/pyodide
	@cd $(PYODIDE) && npm test $(ARGS)

.PHONY: test-pyodide-page
test-pyodide-page: pyodide ## the tests of the page of examples/pyodide in Chromium
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	$(IN_PANEL) jlpm test:pyodide $(ARGS)

.PHONY: bench-pyodide
bench-pyodide: pyodide ## what watching costs in Pyodide; ARGS=--strict fails above the limits
	@cd $(PYODIDE) && node tests/cost/cost.mjs $(ARGS)

$(PYODIDE)/node_modules/installed: $(PYODIDE)/package.json $(PYODIDE)/package-lock.json
	@.ci/find-node
	@echo "Installing what the module for Pyodide is built with"
	@log=$$(mktemp) && { (cd $(PYODIDE) && npm ci --no-audit --no-fund) >$$log 2>&1 || \
		{ cat $$log; rm -f $$log; exit 1; }; } && rm -f $$log
	@touch $@

$(PYODIDE)/build/msgspec.whl: $(VENV)/made-with
	@rm -rf $(dir $@) && mkdir -p $(dir $@)
	@$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: \
		--dest $(dir $@) $(MSGSPEC)
	@mv $(dir $@)msgspec-*.whl $@ && touch $@

$(PYODIDE)/dist/livens-python.zip: $(PYODIDE)/node_modules/installed \
		$(PYODIDE)/build/msgspec.whl $(PANEL)/node_modules/installed $(PYODIDE_SOURCES)
	@echo "Building the module for Pyodide"
	@cd $(PYODIDE) && PYTHON="$(abspath $(BIN))/python" npm run --silent build
# -- JupyterLite -------------------------------------------------------------------------
# The site runs without a server of ours: all Python is in the page. It is built with packages of
# PyPI and npm, in an environment of its own, and then needs no network.

LITE := .venv-lite
SITE := .lite
LITE_SOURCES := $(wildcard kernel/jupyterlite/*.py examples/*.ipynb examples/jupyterlite/*.ipynb) \
	$(shell find kernel/livens -name '*.py')

.PHONY: lite
lite: $(SITE)/built ## build a JupyterLite site with livens in it, and serve it
	@$(LITE)/bin/python kernel/jupyterlite/serve.py $(SITE)/site $(ARGS)

.PHONY: test-lite
test-lite: test-lite-kernel test-lite-browser ## the tests of JupyterLite's kernel, and of the site

.PHONY: test-lite-kernel
test-lite-kernel: $(SITE)/built ## `%load_ext livens` in JupyterLite's kernel, under Node.js
	@LIVENS_LITE="$(abspath $(SITE))" node --test --test-force-exit kernel/jupyterlite/tests/*.test.mjs

.PHONY: test-lite-browser
test-lite-browser: $(SITE)/built ## the panel in the site, in Chromium, with no other host to be reached
	@chromium=$$(.ci/find-chromium) && export LIVENS_CHROMIUM="$$chromium" && \
	export LIVENS_BIN="$(abspath $(LITE)/bin)" LIVENS_LITE="$(abspath $(SITE))" && \
	$(IN_PANEL) jlpm test:lite $(ARGS)

$(SITE)/fetched: kernel/jupyterlite/packages.py pyproject.toml
	@$(MAKE) VENV=$(LITE) EXTRAS=lite $(LITE)/installed-extras
	@echo "Fetching Pyodide and its packages from npm and PyPI"
	@$(LITE)/bin/python kernel/jupyterlite/packages.py $(SITE)/pyodide
	@touch $@

# JupyterLite takes the panel from its environment, where a link is put as in $(VENV).
$(SITE)/built: $(SITE)/fetched $(VENV)/installed-panel $(LITE_SOURCES)
	@echo "Building the JupyterLite site"
	@mkdir -p $(LITE)/share/jupyter/labextensions && \
	ln -sfn "$(CURDIR)/$(PANEL)/build" $(LITE)/share/jupyter/labextensions/livens
	@$(LITE)/bin/python kernel/jupyterlite/build.py $(SITE)
	@touch $@

# -- the rest ----------------------------------------------------------------------------

.PHONY: format
format: $(VENV)/installed-extras ## rewrite the code in our style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: docs
docs: $(VENV)/installed-extras ## write anew what is generated from the code
	@$(BIN)/python docs/generate.py

.PHONY: bench
bench: $(VENV)/installed-extras ## measure; ARGS=--quick for a first look
	@$(BIN)/python -m benchmarks $(ARGS)

# Each peer is installed into a folder of its own in .venv-race.
.PHONY: race
race: $(VENV)/installed-extras ## race other variable inspectors and livens; ARGS=--quick
	@$(BIN)/python -m benchmarks.race $(ARGS)

.PHONY: guard
guard: $(VENV)/installed-extras ## fail if watching became several times as costly
	@$(BIN)/python -m benchmarks --guard

.PHONY: clean
clean: ## remove the virtual environments and what the tools left behind
	rm -rf .venv .venv-* .lite build dist htmlcov .coverage .coverage.* .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf $(addprefix $(PANEL)/,.unit .yarn build lib node_modules) kernel/livens/static
	rm -rf $(addprefix $(PYODIDE)/,build dist node_modules)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- virtual environments ----------------------------------------------------------------
# Each holds a few stamps: `made-with` says with which interpreter it was made, `installed` is
# as old as the last installation of the package, `installed-extras` as that of the tools.
# Nothing is installed again until pyproject.toml or the kernelspec changes.

INSTALLED_FROM := pyproject.toml $(wildcard kernelspec/* jupyter-config/*) $(CONSTRAINTS)
INSTALL = $(BIN)/python -m pip install --quiet $(addprefix --constraint ,$(CONSTRAINTS)) --editable

# Whoever sets PYTHON gets it, also where the environment was made with another one.
$(VENV)/made-with: $(if $(PYTHON),FORCE)
	@python=$$(.ci/find-python) && \
	if [ "$$(cat $@ 2>/dev/null)" != "$$python" ]; then \
		echo "Making $(VENV) with $$python" && \
		"$$python" -m venv --clear $(VENV) && \
		echo "$$python" >$@; \
	fi

$(VENV)/constraints.txt: $(VENV)/made-with pyproject.toml
	@$(BIN)/python .ci/lowest.py >$@

$(VENV)/installed: $(VENV)/made-with $(INSTALLED_FROM)
	@echo "Installing livens into $(VENV)"
	@$(INSTALL) .
	@touch $@

$(VENV)/installed-extras: $(VENV)/made-with $(INSTALLED_FROM)
	@echo "Installing livens and what its tests need into $(VENV)"
	@$(INSTALL) '.[$(EXTRAS)]'
	@touch $(VENV)/installed $@

$(VENV)/installed-lab: $(VENV)/made-with $(INSTALLED_FROM)
	@echo "Installing livens and JupyterLab into $(VENV)"
	@$(INSTALL) '.[lab]'
	@touch $(VENV)/installed $@

.PHONY: FORCE
FORCE:
