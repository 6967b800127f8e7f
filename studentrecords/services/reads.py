"""Lists of students taken as a file: each of the students sees who took it and when (REC-053)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Person
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

LIST, RECORDS = "studentrecords.list", "studentrecords.records"

audit.register_read(LIST, _("a list of students with you on it, taken as a file"))
audit.register_read(RECORDS, _("the records of a faculty with yours among them, taken as a file"))


def note_list(
    enrolments: Iterable[int | None] | QuerySet[Any], *, reader: User, what: str, at: datetime
) -> None:
    """Note for the person of each enrolment that `reader` took a file in which it stands (REC-053).

    enrolments: their keys, or a query of them, which stays one subquery; None among them is nobody. People
    without an account have no page to read it on. at: aware.
    """
    asked = enrolments if isinstance(enrolments, QuerySet) else [pk for pk in set(enrolments) if pk]
    people = Person.objects.filter(enrolments__in=asked, user__isnull=False).order_by("user")
    audit.record_reads(people.values_list("user_id", flat=True).distinct(), reader=reader, what=what, at=at)
