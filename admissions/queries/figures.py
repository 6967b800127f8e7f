"""The figures of a campaign on a day, in the shape in which the rules want them."""

from datetime import date
from typing import TypeVar

from admissions import parameters
from admissions.models import Campaign
from admissions.rules import dates, eligibility
from upt_portal.kernel.params import Parameter, Scope

T = TypeVar("T")


def scope_of(campaign: Campaign) -> Scope:
    """Where a decision for one campaign is looked for."""
    return Scope(campaign=campaign.scope_ref)


def figure(parameter: Parameter[T], campaign: Campaign, on: date) -> T:
    """The value of a figure for a campaign on a day."""
    return parameter.on(on, scope_of(campaign))


def codes(parameter: Parameter[str], campaign: Campaign, on: date) -> frozenset[str]:
    """A list of codes with blanks between them, as a set."""
    return frozenset(figure(parameter, campaign, on).split())


def year_terms(campaign: Campaign, on: date) -> dates.YearTerms:
    """Campaign year and the two caps (ADM-005)."""
    visa, refund = (
        figure(parameters.VISA_CAP, campaign, on),
        figure(parameters.REFUND_CAP, campaign, on),
    )
    return dates.year_terms(
        campaign.start_year, visa_cap=(visa.month, visa.day), refund_cap=(refund.month, refund.day)
    )


def current_graduates_from(campaign: Campaign, on: date) -> date:
    """The first day of graduation that counts as current (ADM-045)."""
    day = figure(parameters.CURRENT_GRADUATE_FROM, campaign, on)
    before = figure(parameters.CURRENT_GRADUATE_YEAR_BEFORE, campaign, on)
    return eligibility.current_from(campaign.start_year, day.month, day.day, years_before=1 if before else 0)
