//! Files, module references, configuration of the compiler: which template calls which.
