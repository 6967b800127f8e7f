"""What the records ask about school documents: the price of a duplicate (FEE-009)."""

from datetime import date

from fees.queries import prices
from fees.rules.other_fees import document_fee
from studentrecords.models import Enrolment
from studentrecords.queries import pricing
from studentrecords.queries.core import academic_year_of
from studentrecords.queries.pricing import DocumentPrice


def duplicate_price(enrolment: Enrolment, on: date) -> DocumentPrice | None:
    """What the price list asks for a duplicate on a day; None when it has no row for this student."""
    year = academic_year_of(on)
    if year is None:
        return None
    try:
        found = prices.price_for("DUPLICATE", enrolment, year, on=on)
    except prices.MissingPrice:
        return None
    return DocumentPrice(document_fee(found.amount, original=False), found.currency)


pricing.read_duplicates_with(duplicate_price)
