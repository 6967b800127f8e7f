"""The acts of admission: one function, one transaction, one trace."""
