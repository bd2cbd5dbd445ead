//! The predicted schedule and its pictures.
