"""How the administration writes and reads dates and numbers, where no filter of ours does it."""
