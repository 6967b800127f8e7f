"""Making the papers a student signs: annex with frozen lines, open study contract (CON-070, CON-052)."""

from datetime import datetime

from django.db.models import Max

from contracting import documents as papers
from contracting import notices
from contracting.models import Annex, OfferLine, SignableDocument, StudentContracting
from contracting.queries import facts
from contracting.refusal import refuse
from contracting.rules.offer import Kind, Package, package_problems
from contracting.services.case import UPLOAD
from contracting.workflow import ANNEX_MOVES, CONTRACT_TO_SIGN, AnnexState
from studentrecords.models import Package as CurriculumPackage
from studentrecords.queries import core as records
from upt_portal.accounts.models import User
from upt_portal.kernel import deadlines, documents, outbox
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import IssuedPaper


def demand_complete_packages(case: StudentContracting) -> None:
    """Raise Refused when a package of electives of the year lacks its choice (CON-126)."""
    enrolment = case.enrolment
    first = 2 * enrolment.year_of_study - 1
    packages = CurriculumPackage.objects.filter(
        curriculum=enrolment.curriculum_id, semester__in=[first, first + 1]
    ).prefetch_related("options")
    chosen = {
        str(pk)
        for pk in OfferLine.objects.filter(contracting=case, selected=True).values_list(
            "discipline", flat=True
        )
    }
    required = [
        Package(
            name=p.code, required=p.choose, options=frozenset(str(option.pk) for option in p.options.all())
        )
        for p in packages
        if any(option.kind != Kind.FACULTATIVE for option in p.options.all())
    ]
    passed = _passed_options(case, required) if required else set()
    if problems := package_problems(required, chosen | passed):
        raise refuse(problems[0], "art. 1 (1) (z)")


def _passed_options(case: StudentContracting, packages: list[Package]) -> set[str]:
    """Electives of these packages that are passed or recognised: they need no place in the annex."""
    standing = records.standings([case.enrolment], case.campaign.year)[case.enrolment_id]
    options = {option for package in packages for option in package.options}
    return {str(pk) for pk, found in standing.items() if found.passed and str(pk) in options}


def issue_all(case: StudentContracting, *, actor: User | None, at: datetime) -> Annex:
    """A new version of the annex, and the study contract when it waits for a signature (CON-070, CON-052).

    The caller holds the case's lock and saves it after: `papers_on` is set here. The upload term opens.
    """
    previous = Annex.objects.filter(contracting=case).order_by("-version").first()
    annex = _freeze(case, previous, actor=actor, at=at)
    paper = documents.issue(
        papers.annex_paper(case, annex, previous),
        about=case,
        number=papers.annex_number(case, annex),
        version=annex.version,
        at=at,
        actor=actor,
        supersedes=_paper_of(previous),
    )
    SignableDocument.objects.filter(contracting=case, kind=SignableDocument.Kind.ANNEX, current=True).update(
        current=False
    )
    SignableDocument.objects.create(
        contracting=case, kind=SignableDocument.Kind.ANNEX, annex=annex, paper=paper
    )
    _issue_open_contract(case, actor=actor, at=at)
    _open_upload(case, at=at)
    return annex


def _freeze(case: StudentContracting, previous: Annex | None, *, actor: User | None, at: datetime) -> Annex:
    if previous is not None and previous.state == AnnexState.CURRENT:
        previous.state = ANNEX_MOVES.check("supersede", previous.state).target
        previous.save(update_fields=["state"])
    lines = [
        papers.line_facts(line)
        for line in OfferLine.objects.filter(contracting=case, selected=True).order_by(
            "semester", "overdue", "position"
        )
    ]
    return Annex.objects.create(
        contracting=case,
        number=previous.number if previous else _next_number(case),
        version=previous.version + 1 if previous else 1,
        lines=lines,
        credits=case.credits,
        tuition=case.tuition,
        rows_amount=case.rows_amount,
        total=case.total,
        currency=case.currency,
        created_at=at,
        created_by=actor,
    )


def _next_number(case: StudentContracting) -> int:
    """The annexes of one study contract are counted; those from before the portal are counted by the year."""
    last = Annex.objects.filter(contracting__enrolment=case.enrolment_id).aggregate(last=Max("number"))[
        "last"
    ]
    return max((last or 0) + 1, case.enrolment.year_of_study)


def _paper_of(annex: Annex | None) -> IssuedPaper | None:
    if annex is None:
        return None
    found = SignableDocument.objects.filter(annex=annex).select_related("paper").first()
    return found.paper if found else None


def _issue_open_contract(case: StudentContracting, *, actor: User | None, at: datetime) -> None:
    contract = papers.contract_of(case)
    if contract is None or contract.state not in CONTRACT_TO_SIGN:
        return
    if SignableDocument.objects.filter(contracting=case, study_contract=contract, current=True).exists():
        return
    paper = documents.issue(
        papers.contract_paper(case, contract),
        about=contract,
        number=contract.number,
        at=at,
        actor=actor,
    )
    SignableDocument.objects.create(
        contracting=case, kind=SignableDocument.Kind.CONTRACT, study_contract=contract, paper=paper
    )


def _open_upload(case: StudentContracting, *, at: datetime) -> None:
    windows = facts.windows_of(case.campaign)
    day = local_day(at)
    # A paper made while stage 4 runs or after it gives its own grace: an office's delay harms nobody (T9).
    case.papers_on = day if day >= windows.stage_4.first else None
    deadlines.set_deadline(
        case,
        UPLOAD,
        due_at=end_of_day(facts.upload_until(case, at)),
        start_at=max(windows.stage_4.opens_at, at),
        rule="CON-061",
        person=case.enrolment.person.user,
        link=f"/student/{case.enrolment_id}/documents/",
    )


def tell_ready(paper: IssuedPaper) -> None:
    """The paper has its bytes: tell the student once all papers of the case are there (CON-152)."""
    document = SignableDocument.objects.select_related(
        "contracting__campaign", "contracting__enrolment__person__user"
    ).get(paper=paper)
    case = document.contracting
    waiting = SignableDocument.objects.filter(
        contracting=case, current=True, paper__rendered_at__isnull=True
    ).exclude(paper=paper)
    student = case.enrolment.person.user
    if student is None or waiting.exists() or not document.current:
        return
    outbox.post(notices.documents_ready(case, student, paper))
