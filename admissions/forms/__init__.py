"""Forms of admissions: shape only; what may be done is decided by the services."""
