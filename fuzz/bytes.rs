//! Generates inputs from seeds, a dictionary and random edits. An input depends only on a seed and a number, so it can
//! be reproduced.

use std::path::{Path, PathBuf};

/// Random numbers that are the same on every machine: `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The random numbers for one input of a run.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
        random.next();
        random
    }

    /// Advances the generator, and returns 64 random bits.
    #[allow(clippy::should_implement_trait)]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// A random element.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// The material from which inputs are made.
#[derive(Debug, Default)]
pub(crate) struct Material {
    /// Whole inputs.
    pub(crate) seeds: Vec<String>,
    /// Tokens to insert, from the dictionary.
    pub(crate) words: Vec<String>,
}

impl Material {
    /// Reads the seeds with these file endings in some folders, and the words of the dictionary.
    pub(crate) fn read(folders: &[PathBuf], endings: &[&str], dictionary: &Path) -> Self {
        let mut paths: Vec<PathBuf> = folders
            .iter()
            .flat_map(|folder| walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok))
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .filter(|path| endings.iter().any(|end| path.to_string_lossy().ends_with(end)))
            .collect();
        paths.sort();
        let seeds: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        let words = std::fs::read_to_string(dictionary).unwrap_or_default();
        let words = words.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { seeds, words }
    }

    pub(crate) fn input(&self, seed: u64, number: u64) -> String {
        let random = &mut Random::new(seed, number);
        let mut text = match random.one(&self.seeds) {
            Some(seed) if random.below(8) > 0 => seed.clone(),
            _ => String::new(),
        };
        // Usually only a part, so that small inputs are tried often.
        if text.len() > 2000 && random.below(4) > 0 {
            let from = border(&text, random.below(text.len()));
            let to = border(&text, from + random.below(2000));
            text = if random.below(2) == 0 { text[..to].to_owned() } else { text[from..to].to_owned() };
        }
        for _ in 0..=random.below(8) {
            self.edit(&mut text, random);
        }
        text
    }

    /// Applies one random edit.
    pub(crate) fn edit(&self, text: &mut String, random: &mut Random) {
        let from = border(text, random.below(text.len() + 1));
        let to = border(text, from + random.below(40));
        match random.below(10) {
            0 => text.replace_range(from..to, ""),
            1 => text.truncate(from),
            2 => {
                let part = text[from..to].to_owned();
                text.insert_str(from, &part);
            }
            3 => {
                let word = self.word(random);
                text.replace_range(from..to, &word);
            }
            4 => {
                // Insert a piece of another seed.
                if let Some(other) = random.one(&self.seeds) {
                    let start = border(other, random.below(other.len() + 1));
                    let end = border(other, start + random.below(1000));
                    text.replace_range(from..to, &other[start..end]);
                }
            }
            5 => {
                let deep = self.word(random).repeat(random.below(300));
                text.insert_str(from, &deep);
            }
            6 => {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                if lines.len() > 1 {
                    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
                    lines.swap(one, other);
                    *text = lines.concat();
                }
            }
            7 => {
                let odd = ['\0', '\u{feff}', 'é', '𝄞', '\u{2028}', '\r', '\u{1b}', '"', '\''];
                text.insert(from, *random.one(&odd).unwrap_or(&'\0'));
            }
            _ => {
                let word = self.word(random);
                text.insert_str(from, &word);
            }
        }
        if text.len() > 100_000 {
            text.truncate(border(text, 100_000));
        }
    }

    fn word(&self, random: &mut Random) -> String {
        random.one(&self.words).cloned().unwrap_or_default()
    }
}

/// The nearest character boundary at or before a byte offset.
pub(crate) fn border(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
