"""Forms of the fees room: shape only; what may be done is decided by the services."""
