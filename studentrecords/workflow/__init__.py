"""States and moves of the cases of the records room."""
