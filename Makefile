# What this project can be asked for. `make run` and `make test` install what they need, and say so.

PREFIX ?= /usr/local
# For `make run ARGS="--bind 127.0.0.1:0"`.
ARGS ?=

.PHONY: build run test soak sanitize perf audit install format-check clean

build:
	@scripts/setup build
	@scripts/build

run:
	@scripts/setup build
	@scripts/build --product swivel
	@scripts/demo $(ARGS)

test:
	@scripts/setup build test
	@scripts/test

# The long forms: an hour or more.
soak:
	@scripts/setup build test
	@scripts/soak

sanitize:
	@scripts/setup build
	@scripts/sanitize

perf: build
	@scripts/setup perf
	@perf/compare --report perf/results/report.html

audit: build
	@perf/audit

install: build
	install -D -m 755 .build/release/swivel $(DESTDIR)$(PREFIX)/bin/swivel
	strip $(DESTDIR)$(PREFIX)/bin/swivel

format-check:
	@swift format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build
