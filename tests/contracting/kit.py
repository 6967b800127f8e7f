"""Cases of contracting for tests of services: made by the same services as in life."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracting.models import Campaign, OfferLine, SignableDocument, StudentContracting
from contracting.services import offers, review, selection
from contracting.workflow import CampaignState
from fees.models import FeeType, Price
from studentrecords.models import Enrolment, Financing
from tests import factories
from upt_portal.accounts.models import User
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import StoredFile

#: Example 7.1 of the catalogue: rows 1 to 5 with 4, 5, 3, 6 and 2 credits, all to contract again.
FIVE_ARREARS = {1: False, 2: False, 3: False, 4: False, 5: False}


def at(day: date | str, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a Romanian day: at("2026-11-20", 23, 59)."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(when.year, when.month, when.day, hour, minute, second, tzinfo=ROMANIA)


NOW = at("2026-11-20")
STAGE_4 = at("2026-11-30")


def price(amount: str = "4200", year: str = factories.THIS_YEAR) -> Price:
    """The tuition of bachelor programmes in a year."""
    kind = FeeType.objects.get_or_create(code="TUITION", defaults={"name_ro": "Taxă de școlarizare"})[0]
    return Price.objects.get_or_create(
        fee_type=kind,
        year=factories.academic_year(year),
        first_day=date(2026, 9, 1),
        cycle="licenta",
        defaults={"amount": Decimal(amount), "decision": "HS 1/2026", "unit": "year"},
    )[0]


def published(**fields: Any) -> Campaign:
    """A published campaign of AC."""
    made = factories.campaign(**fields)
    Campaign.objects.filter(pk=made.pk).update(state=CampaignState.PUBLISHED, published_at=NOW)
    made.refresh_from_db()
    return made


def case(
    *,
    arrears: Mapping[int, bool] | None = None,
    annual: str = "4200",
    financing: str = Financing.FEE,
    of: Enrolment | None = None,
    campaign: Campaign | None = None,
    moment: datetime = NOW,
    **fields: Any,
) -> StudentContracting:
    """A fresh case of a published campaign; `arrears` as in `factories.with_past`."""
    price(annual)
    who = of or factories.with_past(factories.enrolment(financing=financing), arrears)
    where = campaign or published(**fields)
    report = offers.build(where.pk, actor=None, at=moment)
    assert report.problems == []
    return StudentContracting.objects.get(campaign=where, enrolment=who)


def student(of: StudentContracting) -> User:
    """The account of the case's student."""
    user = of.enrolment.person.user
    assert user is not None
    return user


def keys(of: StudentContracting, *, without: tuple[int, ...] = ()) -> set[str]:
    """Keys of the rows but for these positions."""
    lines = OfferLine.objects.filter(contracting=of)
    return {line.key for line in lines if line.position not in without}


def validated(
    of: StudentContracting, *, without: tuple[int, ...] = (), moment: datetime = NOW
) -> StudentContracting:
    """The student validated the list, leaving out these positions."""
    return selection.validate(
        of.pk, keys(of, without=without), fingerprint=of.fingerprint, actor=student(of), at=moment
    )


def approved(of: StudentContracting, clerk: User, moment: datetime = NOW) -> StudentContracting:
    """The secretariat approved; the papers wait for their bytes."""
    review.approve(of.pk, actor=clerk, at=moment)
    of.refresh_from_db()
    return of


def rendered(of: StudentContracting, moment: datetime = NOW) -> SignableDocument:
    """The current annex of the case, as if a worker had made its bytes; the document to sign."""
    document = SignableDocument.objects.select_related("paper").get(
        contracting=of, kind=SignableDocument.Kind.ANNEX, current=True
    )
    from upt_portal.kernel import documents

    documents.keep(
        document.paper_id, b"%PDF-1.7 test " + str(document.pk).encode(), pages=2, sealed=False, at=moment
    )
    document.paper.refresh_from_db()
    return document


def stored(owner: User, mark: str = "scan", moment: datetime = NOW) -> StoredFile:
    """A file the uploads pipeline has taken in."""
    import hashlib

    from django.core.files.base import ContentFile

    made = StoredFile(
        owner=owner,
        purpose="contracting.signed",
        original_name=f"{mark}.jpg",
        content_type="image/jpeg",
        size=len(mark),
        sha256=hashlib.sha256(mark.encode()).hexdigest(),
        uploaded_at=moment,
        has_colour=True,
    )
    made.file.save(f"{made.pk}.jpg", ContentFile(mark.encode()), save=False)
    made.save()
    return made


def documents_keep_again(document: SignableDocument) -> None:
    """A second worker made the same paper: its bytes come too late."""
    from upt_portal.kernel import documents

    documents.keep(document.paper_id, b"%PDF-1.7 other", pages=2, sealed=False, at=NOW)
