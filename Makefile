# `make test` is everything that must hold; it is what continuous integration runs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: run test prepare lint vulnerabilities check race bench fuzz build clean

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
FUZZTIME ?= 5s
BENCH ?= .

# The whole product on this machine: open the page that it prints.
run:
	go run ./cmd/porchlight demo

test: prepare lint check race

# What the tests need beyond Go, on Debian: a real Redis, a real browser with
# letters for every script, and the C compiler that the race detector needs.
prepare:
	@missing=""; \
	command -v redis-server >/dev/null || missing+=" redis-server"; \
	command -v chromium >/dev/null || missing+=" chromium"; \
	[ -n "$$(fc-list :lang=am 2>/dev/null)" ] && [ -n "$$(fc-list :lang=my 2>/dev/null)" ] && [ -n "$$(fc-list :lang=pa 2>/dev/null)" ] || missing+=" fontconfig fonts-noto-core"; \
	[ -n "$$(fc-list :lang=zh-tw 2>/dev/null)" ] || missing+=" fontconfig fonts-noto-cjk"; \
	command -v gcc >/dev/null || missing+=" gcc libc6-dev"; \
	[ -n "$$missing" ] || exit 0; \
	if ! command -v apt-get >/dev/null; then echo "make test needs:$$missing (names of Debian packages)"; exit 1; fi; \
	as=""; \
	if [ "$$(id -u)" != 0 ]; then \
	  if sudo -n true 2>/dev/null; then as=sudo; else echo "make test needs: sudo apt-get install$$missing"; exit 1; fi; \
	fi; \
	echo "installing$$missing"; \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends $$missing

lint:
	@unformatted="$$(gofmt -l .)"; [ -z "$$unformatted" ] || { echo "not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	@$(MAKE) --no-print-directory vulnerabilities

# The database of known vulnerabilities is on the web. Where it cannot be
# reached everything else still counts, and it is said what was not looked at.
vulnerabilities:
	@status=0; \
	GOBIN=$(CURDIR)/dist/tools go install $(GOVULNCHECK) && timeout 120 dist/tools/govulncheck ./... || status=$$?; \
	case $$status in \
	  0) ;; \
	  3) echo "mend it: raise the version in go.mod"; exit 1 ;; \
	  *) echo; echo "*** NOT LOOKED FOR: known vulnerabilities. govulncheck or its database, vuln.go.dev, cannot be reached. ***"; echo ;; \
	esac

check:
	go run ./cmd/porchlight check

race:
	go test -race -timeout 60m ./...

# For example: make bench BENCH=Update
bench:
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

# Every fuzz target for a short while: make fuzz FUZZTIME=1m
fuzz:
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go); do \
	    echo "$$dir $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$dir; \
	  done; \
	done

# One static file that needs nothing on the machine where it runs.
build:
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o dist/porchlight ./cmd/porchlight

clean:
	rm -rf dist
