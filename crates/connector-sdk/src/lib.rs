//! The trait layer and the model that every connector is written against.
#![forbid(unsafe_code)]
