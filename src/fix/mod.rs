//! Remedies as text edits.
