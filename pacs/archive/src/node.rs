//! Storage nodes: where the bytes are.
