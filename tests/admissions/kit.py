"""Admission for tests of services: campaign, offer, candidate and a dossier led by the acts themselves.

The campaign is the one of the worked examples: 2026, applications from 1 March to 31 July 2026.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from admissions.models import (
    CalendarWindow,
    Campaign,
    Candidate,
    Condition,
    Dossier,
    DossierDocument,
    LanguageProof,
    ProgrammeOffer,
    Scope,
    StudyLevel,
    WindowKind,
)
from admissions.queries import dossiers as queries
from admissions.rules.papers import DocumentType
from admissions.services import deanery, documents, dossiers, review
from admissions.services.dossiers import Study
from admissions.workflow.smaller import CampaignState, Verdict
from fees.models import FeeType
from studentrecords.models import Cycle
from tests import factories
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import StoredFile


def at(day: str, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a Romanian day: at("2026-07-31", 23, 59)."""
    when = date.fromisoformat(day)
    return datetime(when.year, when.month, when.day, hour, minute, second, tzinfo=ROMANIA)


NOW = at("2026-06-10")


def campaign(start_year: int = 2026, *, opened: bool = True, **fields: Any) -> Campaign:
    """The campaign of a year, approved and open, with its general application window."""
    values: dict[str, Any] = {
        "year": factories.academic_year(f"{start_year}-{start_year + 1}"),
        "start_year": start_year,
        "approval": "HS 12/2026",
        "approved_on": date(start_year, 1, 20),
        **fields,
    }
    if opened:
        values |= {"state": CampaignState.OPEN, "opened_at": at(f"{start_year}-02-01")}
    made, fresh = Campaign.objects.get_or_create(start_year=start_year, defaults=values)
    if fresh:
        window(made)
    return made


def window(of: Campaign, **fields: Any) -> CalendarWindow:
    """A window of the campaign; the general one of applications unless told otherwise."""
    values: dict[str, Any] = {
        "kind": WindowKind.APPLICATION,
        "opens": date(of.start_year, 3, 1),
        "closes": date(of.start_year, 7, 31),
        **fields,
    }
    return CalendarWindow.objects.create(campaign=of, **values)


def offer(of: Campaign | None = None, **fields: Any) -> ProgrammeOffer:
    """An offered programme of AC taught in English, tuition 2430.00 EUR."""
    programme = fields.pop("programme", None) or factories.programme(
        language=fields.pop("language", "en"), cycle=fields.pop("cycle", Cycle.BACHELOR)
    )
    values: dict[str, Any] = {
        "tuition_eur": Decimal("2430.00"),
        "minimum_eur": Decimal("2430.00"),
        "decision": "HS 40/2026",
        **fields,
    }
    return ProgrammeOffer.objects.create(campaign=of or campaign(), programme=programme, **values)


def candidate(**fields: Any) -> Candidate:
    """A candidate from Morocco with a verified account and a passport valid until 2030."""
    n = factories.number()
    values: dict[str, Any] = {
        "family_name": f"BENALI {n}",
        "given_names": "YASMINE",
        "birth_date": date(2007, 2, 28),
        "birth_place": "Rabat",
        "birth_country": "MA",
        "sex": "F",
        "citizenships": ["MA"],
        "passport_country": "MA",
        "passport_number": f"AB{n:07d}",
        "passport_expires": date(2030, 1, 31),
        "residence_country": "MA",
        "address": "12 Rue des Orangers, Rabat",
        "created_at": NOW,
        **fields,
    }
    if "user" not in values:
        values["user"] = factories.user(roles.CANDIDATE, language="en", is_staff=False)
    return Candidate.objects.create(**values)


class Offices:
    """Everybody who has a hand in a dossier of AC."""

    def __init__(self) -> None:
        self.officer = factories.user(roles.DRI_OFFICER)
        self.head = factories.user(roles.DRI_HEAD)
        self.dean = factories.user(roles.DEANERY, faculties=["AC"])


def stored(owner: User, mark: str = "file", moment: datetime = NOW) -> StoredFile:
    """A file the uploads pipeline has taken in."""
    made = StoredFile(
        owner=owner,
        purpose=documents.PURPOSE,
        original_name=f"{mark}.pdf",
        content_type="application/pdf",
        size=len(mark),
        sha256=hashlib.sha256(mark.encode()).hexdigest(),
        pages=2,
        uploaded_at=moment,
    )
    made.file.save(f"{made.pk}.pdf", ContentFile(mark.encode()), save=False)
    made.save()
    return made


BACCALAUREATE = Study(StudyLevel.SECONDARY, "Baccalauréat", "Lycée Moulay Youssef", "MA", date(2025, 6, 20))
LICENCE = Study(StudyLevel.BACHELOR, "Licence", "Université Mohammed V", "MA", date(2025, 7, 1))


def draft(
    of: Candidate | None = None, to: ProgrammeOffer | None = None, moment: datetime = NOW, **fields: Any
) -> Dossier:
    """An open draft."""
    who = of or candidate()
    return dossiers.open_dossier(who.pk, (to or offer()).pk, actor=who.user, at=moment, **fields)


def upload(dossier: Dossier, kind: str, moment: datetime = NOW, mark: str = "") -> DossierDocument:
    """A document in its slots, translated into English."""
    owner = dossier.candidate.user
    files = {"original": stored(owner, mark or f"{dossier.pk}-{kind}", moment)}
    if kind == DocumentType.NIGERIA_CARD:
        files["back"] = stored(owner, f"{dossier.pk}-{kind}-back", moment)
    master = dossier.offer.programme.cycle == Cycle.MASTER
    return documents.put(
        dossier.pk,
        kind,
        actor=owner,
        at=moment,
        files=files,
        document_language="en",
        country="MA",
        form_filled=True,
        annex="9" if master else "7",
    )


def prove(dossier: Dossier, moment: datetime = NOW, **fields: Any) -> LanguageProof:
    """A passed IELTS, or a certificate of Institutul Cultural Român for a programme in Romanian."""
    values: dict[str, Any] = {"kind": "test", "test": "IELTS", "passed": True}
    if dossier.offer.programme.language == "ro":
        values = {"kind": "ro_certificate", "issuer_class": "cultural_institute", "level": "B2"}
    return documents.prove_language(
        dossier.pk, actor=dossier.candidate.user, at=moment, **{**values, **fields}
    )


def filled(dossier: Dossier, moment: datetime = NOW, *, without: tuple[str, ...] = ()) -> Dossier:
    """The draft with its studies, its proof of language and every document it needs."""
    owner = dossier.candidate.user
    master = dossier.offer.programme.cycle == Cycle.MASTER
    studies = [BACCALAUREATE, *([LICENCE] if master else [])]
    dossiers.edit(dossier.pk, studies=studies, actor=owner, at=moment)
    prove(dossier, moment)
    dossier.refresh_from_db()
    there = queries.current_documents(dossier)
    for kind in queries.required(dossier, local_day(moment)):
        if kind not in without and kind not in there:
            upload(dossier, kind, moment)
    return dossier


def submitted(
    of: Candidate | None = None, to: ProgrammeOffer | None = None, moment: datetime = NOW, **fields: Any
) -> Dossier:
    """A complete dossier, submitted."""
    made = filled(draft(of, to, moment, **fields), moment)
    return dossiers.submit(made.pk, actor=made.candidate.user, at=moment, duties_acknowledged=True)


def checked(dossier: Dossier, offices: Offices, moment: datetime = NOW) -> Dossier:
    """Everything the guard of the transmission wants: verdicts, ticks, language, fee."""
    FeeType.objects.get_or_create(code="PROCESSING", defaults={"name_ro": "Taxă de procesare a dosarului"})
    for row in queries.current_documents(dossier).values():
        review.judge(
            row.pk, seen_version=row.version, verdict=Verdict.CONFORM, actor=offices.officer, at=moment
        )
    for condition in Condition:
        review.tick(dossier.pk, condition, holds=True, evidence="act văzut", actor=offices.officer, at=moment)
    for proof in dossier.language_proofs.filter(current=True):
        review.verify_language(proof.pk, verified=True, actor=offices.officer, at=moment)
    if dossier.kind == "new":
        review.record_fee(
            dossier.pk,
            amount=Decimal("100.00"),
            credited_on=local_day(moment),
            bank_reference=f"OP {dossier.pk}",
            actor=offices.officer,
            at=moment,
        )
    return dossier


def at_faculty(offices: Offices, moment: datetime = NOW, **fields: Any) -> Dossier:
    """A dossier that the deanery decides on."""
    made = checked(submitted(moment=moment, **fields), offices, moment)
    return review.transmit(made.pk, actor=offices.officer, at=moment)


def preaccepted(offices: Offices, moment: datetime = NOW, **fields: Any) -> Dossier:
    """A dossier that the faculty has pre-accepted."""
    made = at_faculty(offices, moment, **fields)
    return deanery.preaccept(made.pk, actor=offices.dean, at=moment).dossier


def rejected(offices: Offices, moment: datetime = NOW, **fields: Any) -> Dossier:
    """A dossier that the faculty has rejected."""
    made = at_faculty(offices, moment, **fields)
    return deanery.reject(
        made.pk, code="criteria", reason="Nota la matematică", actor=offices.dean, at=moment
    ).dossier


def mandate(dossier: Dossier, *scopes: str, moment: datetime = NOW) -> Any:
    """A notarial mandate that names these acts."""
    owner = dossier.candidate.user
    return documents.upload_mandate(
        dossier.pk,
        actor=owner,
        at=moment,
        name="Karim Benali",
        id_document="CIN 123",
        notary="Me Alaoui",
        notary_number="77/2026",
        notary_on=date(2026, 5, 5),
        scopes=scopes or (Scope.SUBMIT,),
        file=stored(owner, f"mandate-{dossier.pk}", moment),
    )
