"""The forms of the records room: shapes only."""
