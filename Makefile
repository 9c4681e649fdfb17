# What one types at Gatehouse; `make` alone prints the list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run cluster build test bench lint format fuzz install uninstall clean

# Where `make install` puts things; DESTDIR goes in front, for packagers.
PREFIX ?= /usr/local
DESTDIR ?=
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/lib/systemd/system,/etc/systemd/system)

# `make run`: the API to protect, where to listen, and which configuration to use.
UPSTREAM ?=
LISTEN ?=
CONFIG ?=

# `make test LONG=1` also runs every fuzz target for this many seconds.
LONG ?=
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(notdir $(patsubst %/modules,%,$(wildcard Fuzz/*/modules)))

# docs/decisions/008-release-flags.md says why, and what it costs.
RELEASE := -c release --static-swift-stdlib \
	-Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked
BINARY := .build/release/gatehouse
SWIFT_FILES := $(wildcard Sources Tests Examples Benchmarks Fuzz Package.swift)

help: ## This list.
	@echo "Gatehouse"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) \
		| sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18
	@echo
	@echo "  make run UPSTREAM=http://127.0.0.1:3000   protects your own API"
	@echo "  make run LISTEN=127.0.0.1:9443            listens elsewhere"
	@echo "  make run CONFIG=gatehouse.yml             uses your configuration"

setup: ## Installs the Debian packages that are missing; nothing when all is there.
	@scripts/setup.sh

build: setup ## Builds the release binary, Swift runtime linked in.
	swift build $(RELEASE) --product gatehouse

run: build ## Builds and starts the gateway; see below.
	$(BINARY) run $(if $(CONFIG),--config '$(CONFIG)') \
		$(if $(UPSTREAM),--upstream '$(UPSTREAM)') $(if $(LISTEN),--listen '$(LISTEN)')

cluster: build ## Two gates as one, with PostgreSQL, Redis and haproxy, until Ctrl-C.
	scripts/cluster.sh $(BINARY)

test: setup ## Runs all tests; LONG=1 adds the fuzz targets.
	@scripts/test-setup.sh
	swift build --build-tests
	swift test --skip-build
	$(if $(LONG),$(MAKE) fuzz)

fuzz: setup ## Runs every fuzz target for FUZZ_SECONDS (60) each.
	@for target in $(FUZZ_TARGETS); do Fuzz/run.sh $$target $(FUZZ_SECONDS) || exit 1; done

bench: build ## Measures against haproxy and nginx; QUICK=1 for a short look.
	@scripts/bench-setup.sh
	Benchmarks/run $(if $(QUICK),--quick) $(ARGS)

lint: ## Checks the format of all Swift sources and the syntax of all scripts.
	swift format lint --strict --parallel --configuration .swift-format -r $(SWIFT_FILES)
	@for script in scripts/*.sh .ci/run $(wildcard Fuzz/*.sh); do bash -n "$$script" || exit 1; done

format: ## Formats all Swift sources.
	swift format format --in-place --parallel --configuration .swift-format -r $(SWIFT_FILES)

install: ## Installs binary, man page, completions and systemd unit under PREFIX.
	@[ -x $(BINARY) ] || { echo "install: no release binary yet: run 'make build' first" >&2; exit 1; }
	@scripts/install.sh '$(DESTDIR)' '$(PREFIX)' '$(UNITDIR)' $(BINARY)

uninstall: ## Removes what install put there; configuration and data stay.
	@scripts/uninstall.sh '$(DESTDIR)' '$(PREFIX)' '$(UNITDIR)'

clean: ## Removes everything that was built here.
	rm -rf .build bench-results .venv
