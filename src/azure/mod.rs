//! Knowledge about Azure as data: shared objects, public modules, typical durations, and errors that are not races.

pub mod answers;
pub mod catalog;
pub mod durations;
pub mod explain;
pub mod mistake;
pub mod modules;
pub mod page;
pub mod plain;
pub mod types;

/// A text that the build has packed.
fn unpacked(packed: &[u8]) -> String {
    let text = lz4_flex::block::decompress_size_prepended(packed).expect("the build packs it");
    String::from_utf8(text).expect("the build packs text")
}
