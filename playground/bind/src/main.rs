//! `playground-bind ENGINE.wasm OUT`: writes `engine.js`, `engine.d.ts` and `engine_bg.wasm`.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let [_, engine, out] = &std::env::args().collect::<Vec<_>>()[..] else {
        eprintln!("usage: playground-bind ENGINE.wasm OUT");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(engine).out_name("engine").typescript(true);
    // Function names would only make the download larger.
    bindgen.remove_name_section(true).remove_producers_section(true);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
