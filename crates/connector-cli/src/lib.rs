//! What every connector binary shares: flags, environment, configuration file, logging, output, exit codes.
#![forbid(unsafe_code)]
