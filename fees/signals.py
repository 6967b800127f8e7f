"""What fees tells the rooms above it."""

from django.dispatch import Signal

#: Nothing is left to pay on a case. Arguments: reference ("contracting.annex:17"), at (aware).
#: Sent after the money is booked, from a job that is tried again until every listener has taken it.
reference_settled = Signal()

#: Money was taken back from a case on which nothing was left to pay: something is owed again (§4.3).
#: Arguments: reference, at. Sent from a job, as above.
reference_owed_again = Signal()

#: The fee of a request was not paid in its term: it lapsed, its sums are cancelled (FEE-050, FEE-052).
#: Arguments: reference, code ("EXTENSION", "REPETITION"), enrolment_id, at. Sent from a job, as above.
request_lapsed = Signal()

#: The disciplines of an approved request were not paid in their term: it is void, and the expulsion is to be
#: proposed (FEE-051, FEE-053). Arguments: reference, enrolment_id, at. Sent from a job, as above.
request_void = Signal()
