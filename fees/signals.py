"""What fees tells the rooms above it."""

from django.dispatch import Signal

#: Nothing is left to pay on a case. Arguments: reference ("contracting.annex:17"), at (aware).
#: Sent after the money is booked, from a job that is tried again until every listener has taken it.
reference_settled = Signal()
