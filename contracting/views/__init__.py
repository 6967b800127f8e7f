"""The student's pages of contracting: find, ask, act, tell, redirect."""
