"""Pages of admissions: the public ones and the candidate's."""
