"""Fees: tariff, charges, payments by card, receipts."""
