"""Writes of the fees room: one function, one transaction, one act. Callers name the module they need."""
