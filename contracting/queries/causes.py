"""What a contracting is called on the pages of money, and where it is seen."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from contracting.models import StudentContracting
from fees.queries.causes import Cause


def causes_of_cases(keys: Sequence[int]) -> Mapping[int, Cause]:
    """The contracting of a year with its page, for each of these cases; one query."""
    cases = StudentContracting.objects.filter(pk__in=keys).select_related("campaign__year")
    return {
        case.pk: Cause(
            label=_("contract %(year)s") % {"year": case.campaign.year},
            url=reverse("contracting:contract", args=[case.enrolment_id]),
        )
        for case in cases
    }
