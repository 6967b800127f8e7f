"""Tables of the fees room: the tariff, the ledger, and card payments."""

from fees.models.bank import (
    BankAccount,
    BankEntry,
    EntryBooking,
    PaymentReversal,
    StatementFile,
    TransferLine,
    TransferReference,
)
from fees.models.books import AccountPaper, MonthClosing
from fees.models.cards import CardPayment, CardPaymentLine, ProviderEvent
from fees.models.confirmed import ConfirmedFee
from fees.models.disputes import Dispute
from fees.models.exemptions import Exemption, ExemptionLine, ExemptionPaper
from fees.models.instalments import InstalmentPlan
from fees.models.ledger import Allocation, Charge, Payment
from fees.models.nonpayment import NonPaymentProposal, PaymentReminder
from fees.models.penalties import OfficeDelay
from fees.models.presentations import PresentationCredit
from fees.models.proof import DailyProof
from fees.models.reductions import Reduction
from fees.models.refunds import Refund, RefundAttempt, RefundBatch, Way
from fees.models.status import StatusDecision
from fees.models.tariff import CitizenshipCategory, Currency, FeeType, Price
from fees.models.terms import PaymentTerm

__all__ = [
    "AccountPaper",
    "Allocation",
    "BankAccount",
    "BankEntry",
    "CardPayment",
    "CardPaymentLine",
    "Charge",
    "CitizenshipCategory",
    "ConfirmedFee",
    "Currency",
    "DailyProof",
    "Dispute",
    "EntryBooking",
    "Exemption",
    "ExemptionLine",
    "ExemptionPaper",
    "FeeType",
    "InstalmentPlan",
    "MonthClosing",
    "NonPaymentProposal",
    "OfficeDelay",
    "Payment",
    "PaymentReminder",
    "PaymentReversal",
    "PaymentTerm",
    "PresentationCredit",
    "Price",
    "ProviderEvent",
    "Reduction",
    "Refund",
    "RefundAttempt",
    "RefundBatch",
    "StatementFile",
    "StatusDecision",
    "TransferLine",
    "TransferReference",
    "Way",
]
