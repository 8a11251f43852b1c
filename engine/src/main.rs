//! The program `wakeframe`.

fn main() -> std::process::ExitCode {
    wakeframe_engine::cli::main()
}
