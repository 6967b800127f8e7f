"""The acts of the records room: one function, one transaction, one act of the institution."""
