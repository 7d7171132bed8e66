//! The matching engine: a typed query value, and its SQL in both databases (PS3.4 §C.2.2.2).
