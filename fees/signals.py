"""What fees tells the rooms above it."""

from django.dispatch import Signal

#: Every charge of a reference is paid, cancelled or zero. Sent with `reference`, inside the transaction.
reference_settled = Signal()
