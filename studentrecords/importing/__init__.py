"""Curricula and reference data from people's files: read, checked, compared, and only then written."""
