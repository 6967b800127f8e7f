"""States of admissions and the moves between them, one module for each kind of case: data only."""
