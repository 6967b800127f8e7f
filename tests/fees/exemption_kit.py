"""Requests of exemption as students file them, and decisions as the dean's office records them."""

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from fees.models import Charge, Exemption
from fees.rules import exemptions as rules
from fees.rules.exemptions import Ground, Share
from fees.services import exemptions as services
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.debts_kit import clerk
from tests.kernel import files
from upt_portal.kernel import uploads

D = Decimal
NOW = factories.NOW
WHOLE = Share(percent=D(100))


def paper() -> uploads.Examined:
    return uploads.examine(SimpleUploadedFile("adeverinta.jpg", files.jpeg()))


def asked(account: Enrolment, *charges: Charge, ground: Ground = Ground.HOSPITAL, **fields: Any) -> Exemption:
    """The student asked for an exemption of these lines."""
    values: dict[str, Any] = {"actor": account.person.user, "at": NOW, "words": "Am fost internată."}
    if rules.needs_papers(ground):
        values["papers"] = [paper()]
    return services.ask(account.pk, ground, [one.pk for one in charges], **(values | fields))


def decided(exemption: Exemption, *shares: Share | None, **fields: Any) -> Exemption:
    """The dean's decision, a share for each line in their order."""
    lines = exemption.lines.order_by("pk")
    given = {line.pk: share for line, share in zip(lines, shares, strict=True) if share is not None}
    values: dict[str, Any] = {"decision_number": "123", "decision_on": NOW.date(), "at": NOW}
    if "actor" not in fields:
        values["actor"] = clerk()
    return services.decide(exemption.pk, given, **(values | fields))


def state_of(line: Charge) -> str:
    return str(Charge.objects.values_list("state", flat=True).get(pk=line.pk))
