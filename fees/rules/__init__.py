"""The rulebook of fees on plain values: amounts with two decimals in their currency, local days."""
