# What can be asked of this repository: `make` lists it.

CARGO ?= cargo
PROFILE := target/release
PACS := $(PROFILE)/pacs
VIEWER := .viewer
FUZZ_SECONDS ?= 60
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)

.PHONY: help run demo viewer build test fuzz check bench conformance conformance-peer clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: build ## install what is missing, build, fetch the viewer, start the gateway
	@tools/fetch-viewer.sh $(VIEWER) || echo "The gateway starts without the viewer; \`make viewer\` tries again." >&2
	@$(PACS) serve

build:
	@tools/install.sh run
	@$(CARGO) build --release --package pacs

viewer: ## fetch the viewer (OHIF) that the gateway serves
	@tools/fetch-viewer.sh $(VIEWER)

demo: ## send a few studies to the running gateway
	@test -x $(PACS) || $(MAKE) --no-print-directory build
	@$(PACS) demo

test: ## install what is missing, run every test
	@tools/install.sh test
	@tools/test-tools.sh
	@tools/fetch-viewer.sh $(VIEWER)
	@tools/untested.sh
	$(CARGO) build --workspace --all-targets
ifdef NEXTEST
	target/debug/with-postgres $(CARGO) nextest run --workspace
	$(CARGO) test --workspace --doc --quiet
else
	target/debug/with-postgres $(CARGO) test --workspace
endif
	@$(MAKE) --no-print-directory fuzz
	@tools/untested.sh

fuzz: ## feed mutated objects to the reader, mutated messages to associations and mutated requests to DICOMweb, for FUZZ_SECONDS (60) each
	$(CARGO) run --quiet --release --package data-set --example fuzz_reader -- --seconds $(FUZZ_SECONDS)
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --quiet --workspace --lib -- fuzz:: --nocapture

check: ## format, lints, documentation, repository tests
	@tools/install.sh build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(CARGO) test --package e2e --test repository --quiet

bench: build ## measure volume operations and slices over HTTP beside SimpleITK, kernels when there is a device, and the gateway with the load driver beside Orthanc, when these are installed
	@CARGO="$(CARGO)" tools/volumes.sh
	@tools/bench.sh

conformance: ## ask a running gateway what the Standard asks (CONFORMANCE="--dicomweb URL --user NAME …")
	@$(CARGO) build --release --package conformance
	@$(PROFILE)/conformance $(or $(CONFORMANCE),--dicomweb http://127.0.0.1:8080/dicom-web)

conformance-peer: build ## ask the gateway and Debian's Orthanc, and write the page that compares them
	@$(CARGO) build --release --package conformance
	@tools/conformance-peer.sh

clean: ## remove what was built and fetched (not the data)
	$(CARGO) clean
	rm -rf .tools $(VIEWER)
