"""Papers about an account, issued when somebody asks: statement of account, certificate of debts."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees import documents
from fees.models import AccountPaper
from fees.queries import accounts
from fees.services.accounts import lock_account, trace
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel import documents as papers
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.documents import Paper
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.numbers import next_number

MOST_A_DAY = 10  # of one kind and account, so that nobody empties the printer by leaning on a button
LANGUAGES = frozenset({"ro", "en"})

audit.register_act("fees.paper", _("A paper about the account was issued"))


class TooManyPapers(Exception):
    """An account already had as many papers of a kind today as anybody can need."""


@transaction.atomic
def issue_statement(
    enrolment_id: int, first: date, last: date, *, language: str, actor: User, at: datetime
) -> IssuedPaper:
    """Issue the statement of an account from `first` to `last`, local days, both inside.

    Asked again on the same day with nothing changed, the paper that was issued is given. Raises ValueError
    for a period that ends before it begins or an unknown language, TooManyPapers.
    """
    if last < first or language not in LANGUAGES:
        raise ValueError(f"no statement from {first} to {last} in {language}")
    account = _locked(enrolment_id)
    paper = documents.statement_paper(account, first, last, language)
    return _issue(account, paper, first, last, actor=actor, at=at)


@transaction.atomic
def issue_certificate(enrolment_id: int, *, language: str, actor: User, at: datetime) -> IssuedPaper:
    """Issue the certificate of what an account owes at this moment, or that it owes nothing.

    Asked again on the same day with nothing changed, the paper that was issued is given. Raises ValueError
    for an unknown language, TooManyPapers.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no certificate in {language}")
    account = _locked(enrolment_id)
    paper, today = documents.certificate_paper(account, at, language), local_day(at)
    return _issue(account, paper, today, today, actor=actor, at=at)


def _locked(enrolment_id: int) -> Enrolment:
    lock_account(enrolment_id)
    return Enrolment.objects.select_related("person", "programme__faculty").get(pk=enrolment_id)


def _issue(
    account: Enrolment, paper: Paper, first: date, last: date, *, actor: User, at: datetime
) -> IssuedPaper:
    """The paper of today that says the same, or a new one with the next number of its register."""
    morning = start_of_day(local_day(at))
    today = list(accounts.papers_of(account).filter(kind=paper.kind, issued_at__gte=morning))
    for one in today:
        if (one.context, one.language) == (dict(paper.context), paper.language):
            return one
    if len(today) >= MOST_A_DAY:
        raise TooManyPapers
    year = local_day(at).year
    number = f"{year}-{next_number(paper.kind, year):06d}"
    named = replace(paper, filename=f"{paper.filename.removesuffix('.pdf')}-{number}.pdf")
    trace(account.pk, "fees.paper", actor=actor, at=at, data={"kind": paper.kind, "number": number})
    asked = AccountPaper.objects.create(
        enrolment=account, kind=paper.kind, first=first, last=last, asked_by=actor, asked_at=at
    )
    return papers.issue(named, about=asked, number=number, at=at, actor=actor)
