"""Tables of the fees room: the tariff, the ledger, and card payments."""

from fees.models.cards import CardPayment, CardPaymentLine, ProviderEvent
from fees.models.ledger import Allocation, Charge, Payment
from fees.models.tariff import CitizenshipCategory, Currency, FeeType, Price

__all__ = [
    "Allocation",
    "CardPayment",
    "CardPaymentLine",
    "Charge",
    "CitizenshipCategory",
    "Currency",
    "FeeType",
    "Payment",
    "Price",
    "ProviderEvent",
]
