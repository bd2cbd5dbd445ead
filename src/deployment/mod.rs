//! The graph of one template as the compiler would emit it, and what happens before what.
