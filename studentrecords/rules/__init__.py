"""The rulebook of the records: pure functions with their articles."""
