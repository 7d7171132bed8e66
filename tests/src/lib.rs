//! Whole-product tests, testkit, and the tests the repository runs on itself.
