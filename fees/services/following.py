"""What follows from every act on an account, in this order; registered when the portal starts."""

from fees.services.accounts import follow_acts
from fees.services.nonpayment import keep_proposals
from fees.services.penalties import keep_penalties
from fees.services.requests import open_after_fee
from fees.services.terms import keep_terms

follow_acts(open_after_fee)
follow_acts(keep_penalties)
follow_acts(keep_terms)
follow_acts(keep_proposals)
