//! Effects, summaries, feasibility, witnesses: which writers of one object may overlap.
