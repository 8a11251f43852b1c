//! Never built: its lock file makes cargo fetch and verify the `openfx-sys` package, whose sources `../build.rs` uses.
