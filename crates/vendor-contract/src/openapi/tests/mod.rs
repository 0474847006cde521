//! The description by itself, and wrong requests and answers.

mod description;
mod wrong;
