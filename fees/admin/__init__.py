"""Fees in the administration; importing the modules registers them."""

from fees.admin import bank, ledger

__all__ = ["bank", "ledger"]
