# Two commands for a stranger: `make demo` and `make test`. The rest is for those who work here.
CARGO  ?= cargo
PREFIX ?= /usr/OFX/Plugins
BUNDLE  = target/bundle/Wakeframe.ofx.bundle
ORT     = target/onnxruntime/libonnxruntime.so.1.32.0

.PHONY: demo test test-export bundle install verify build setup lint bench bench-mini train clean

demo: bundle
	@target/release/wakeframe-host shot $(BUNDLE) --still resources/stills/picosdeeuropa.jpg \
		--param prompt="clouds drift left" --param seed=7 --param dolly=0.6 --param pan=0.6 --param duration=4 \
		--param inputTransfer=sRGB --press generate --frames 96 --out out/demo.mp4 --sheet out/demo.png

test: bundle
	$(CARGO) test --release --workspace --locked

# The exporter against the reference implementation, in Python (makes its own environment of 1.4 GB the first time).
test-export: build
	@engine/export/setup.sh
	target/export-venv/bin/python -m pytest -q engine/export/tests

bundle: build
	@target/release/wakeframe-bundle build --out target/bundle

install: bundle
	@target/release/wakeframe-bundle install --bundle $(BUNDLE) --prefix $(PREFIX)

verify:
	@target/release/wakeframe-bundle verify $(PREFIX)/Wakeframe.ofx.bundle

build: setup
	$(CARGO) build --release --workspace --locked

# Installs what is missing on a fresh Debian 12 and fetches the pinned ONNX Runtime.
setup:
	@bundle/setup.sh

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings

bench: bundle
	$(CARGO) bench --locked -p wakeframe-tests --bench node_load
	$(CARGO) bench --locked -p wakeframe-engine --bench mini
	$(CARGO) bench --locked -p wakeframe-engine --bench attention

# What the shipped program does with photographs mini never saw, as one table (see engine/docs/mini.md). Goes on where it stopped.
# BENCH_MINI=--quick for minutes instead of hours; also "--only region", --again, --keep.
bench-mini: build
	@engine/training/wakeframe_bench/setup.sh
	cd engine/training && ../../target/bench-mini-venv/bin/python -m wakeframe_bench $(BENCH_MINI)

# Makes the embedded model anew (about two hours on two cores).
train:
	engine/training/train.sh

clean:
	rm -rf target out
