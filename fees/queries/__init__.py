"""Reads of the fees room."""
