"""The secretariat's queue: where each case waits, the counters, one page of rows, the next case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from contracting.models import ChangeRequest, Clarification, OfferLine, StudentContracting
from contracting.queries.cases import CLAIM, for_staff
from contracting.workflow import CampaignState, ChangeRequestState, ContractingState
from studentrecords.queries.core import people_named
from upt_portal.accounts.models import User
from upt_portal.kernel.models import Deadline

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_S = ContractingState
SUBJECT = "contracting.studentcontracting:"
VALIDATE, UPLOAD = "contracting.validate", "contracting.upload"
PAGE = 50


class Place(StrEnum):
    """Where a case waits; a case stands in exactly one place. `label`: its heading; `short`: its filter."""

    label: _StrPromise
    short: _StrPromise

    def __new__(cls, value: str, label: _StrPromise, short: _StrPromise) -> Place:
        place = str.__new__(cls, value)
        place._value_ = value
        place.label, place.short = label, short
        return place

    @classmethod
    def of(cls, value: str) -> Place:
        """The place of a stored value; StopIteration for a value that is none."""
        return next(place for place in cls if place.value == value)

    UPLOADED = "uploaded", _("Scans to check"), _("Scans")
    VALIDATED = "validated", _("Validated lists"), _("Lists")
    ANSWERED = "answered", _("Answers received"), _("Answers")
    CHANGES = "changes", _("Change requests"), _("Changes")
    LAPSED = "lapsed", _("Lists not validated in time"), _("Lapsed lists")
    OVERDUE = "overdue", _("Documents not uploaded in time"), _("Missing scans")
    ASKED = "asked", _("Awaiting the student's answer"), _("Students asked")
    SIGNING = "signing", _("With the students, to sign"), _("To sign")
    OFFERED = "offered", _("With the students, to validate"), _("To validate by students")
    DONE = "done", _("Finished cases"), _("Finished")


#: What the secretariat has to do, in the order in which it is offered.
WORK = (Place.UPLOADED, Place.VALIDATED, Place.ANSWERED, Place.CHANGES, Place.LAPSED, Place.OVERDUE)
#: The next step is somebody else's.
WAITING = (Place.ASKED, Place.SIGNING, Place.OFFERED)
MINE, EVERY = "mine", "all"


@dataclass(frozen=True)
class Choice:
    """What of the queue somebody looks at. place: a Place, "mine", "all"; empty is the first with work."""

    place: str = ""
    faculty: str = ""
    campaign: int | None = None
    programme: str = ""
    year: int | None = None
    words: str = ""
    by_name: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Choice:
        """The choice in an address; whatever is not understood is left out."""
        place = asked.get("place", "")
        return cls(
            place=place if place in {*Place, MINE, EVERY} else "",
            faculty=asked.get("faculty", "")[:12],
            campaign=_number(asked.get("campaign", "")),
            programme=asked.get("programme", "")[:24],
            year=_number(asked.get("year", "")),
            words=asked.get("q", "").strip()[:80],
            by_name=asked.get("order", "") == "name",
        )

    def query(self, **more: object) -> str:
        """The choice for an address, "" when nothing is chosen. more: further parameters."""
        chosen = {
            "place": str(self.place),
            "faculty": self.faculty,
            "campaign": self.campaign,
            "programme": self.programme,
            "year": self.year,
            "q": self.words,
            "order": "name" if self.by_name else "",
            **more,
        }
        kept = {name: value for name, value in chosen.items() if value not in ("", None)}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the place is chosen."""
        return any([self.faculty, self.campaign, self.programme, self.year, self.words])


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


# ---- where a case waits ------------------------------------------------------------------------------------


def _deadlines(kind: str) -> QuerySet[Deadline]:
    """The running term of a kind for the case of the outer query."""
    subject = Concat(Value(SUBJECT), Cast(OuterRef("pk"), CharField()))
    return Deadline.objects.filter(
        subject=subject, kind=kind, met_at__isnull=True, dropped_at__isnull=True
    ).order_by()


def _answered() -> Q:
    # A set asked once, not a question for each case: thousands of small ones cost the planner dearly.
    return Q(pk__in=Clarification.objects.filter(answered_at__isnull=False).order_by().values("contracting"))


def _late(at: datetime) -> Q:
    over = Deadline.objects.filter(
        kind=UPLOAD, due_at__lt=at, met_at__isnull=True, dropped_at__isnull=True
    ).order_by()
    return Q(subject__in=over.values("subject"))


def _exactly(place: Place, at: datetime) -> Q:
    """What puts a case into this place and no other."""
    if place is Place.VALIDATED:
        return Q(state=_S.VALIDATED) & ~_answered()
    if place is Place.SIGNING:
        return Q(state=_S.DOCUMENTS_READY) & ~_late(at)
    if place is Place.DONE:
        return Q(state__in=[_S.CONTRACTED, _S.SETTLED, _S.CANCELLED])
    return dict(_in_order(at))[place]


def _in_order(at: datetime) -> list[tuple[Place, Q]]:
    """Places with what puts a case there, unless an earlier one has it already."""
    return [
        (Place.UPLOADED, Q(state=_S.SIGNED_UPLOADED)),
        (Place.ANSWERED, Q(state=_S.VALIDATED) & _answered()),
        (Place.VALIDATED, Q(state=_S.VALIDATED)),
        (Place.CHANGES, Q(state=_S.CHANGE_REQUESTED)),
        (Place.LAPSED, Q(state=_S.LAPSED)),
        (Place.OVERDUE, Q(state=_S.DOCUMENTS_READY) & _late(at)),
        (Place.SIGNING, Q(state=_S.DOCUMENTS_READY)),
        (Place.ASKED, Q(state=_S.CLARIFICATION)),
        (Place.OFFERED, Q(state=_S.OFFERED)),
    ]


def placed(cases: QuerySet[StudentContracting], at: datetime) -> QuerySet[Any]:
    """`cases` with the place where each waits at `at` (aware)."""
    whens = [When(condition, then=Value(place.value)) for place, condition in _in_order(at)]
    return cases.alias(subject=_subject()).annotate(
        place=Case(*whens, default=Value(Place.DONE.value), output_field=CharField())
    )


def _subject() -> Concat:
    """The reference of a case, as its terms write it."""
    return Concat(Value(SUBJECT), Cast("pk", CharField()))


# ---- counters ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """How many cases stand in one place of one campaign, programme and year; mine: claimed by the reader."""

    place: str
    faculty: str
    campaign: int
    campaign_name: str
    programme: str
    year: int
    count: int
    mine: int


def cells_of(user: User, at: datetime) -> list[Cell]:
    """The running campaigns of a secretary, counted once a request, in one query."""
    kept: list[Cell] | None = user.__dict__.get("_contracting_cells")
    if kept is None:
        kept = user.__dict__["_contracting_cells"] = _count(user, at)
    return kept


def _count(user: User, at: datetime) -> list[Cell]:
    # Grouped by keys: names are the same within a group, and sorting them would cost more than counting.
    rows = (
        placed(for_staff(user).filter(campaign__state=CampaignState.PUBLISHED), at)
        .order_by()
        .values_list("place", "campaign_id", "enrolment__programme_id", "enrolment__year_of_study")
        .annotate(
            faculty=Max("enrolment__programme__faculty__code"),
            campaign_name=Max("campaign__name"),
            programme=Max("enrolment__programme__code"),
            count=Count("pk"),
            mine=Count("pk", filter=_claimed_by(user, at)),
        )
    )
    return [
        Cell(place, faculty, campaign, name, programme, year, count, mine)
        for place, campaign, _programme, year, faculty, name, programme, count, mine in rows
    ]


def _claimed_by(user: User, at: datetime) -> Q:
    return Q(claimed_by=user, claimed_at__gt=at - CLAIM)


def _fits(cell: Cell, choice: Choice) -> bool:
    return all(
        [
            not choice.faculty or cell.faculty == choice.faculty,
            not choice.campaign or cell.campaign == choice.campaign,
            not choice.programme or cell.programme == choice.programme,
            not choice.year or cell.year == choice.year,
        ]
    )


def counts(cells: Iterable[Cell], choice: Choice) -> dict[str, int]:
    """Cases in each place that fit the choice of faculty, campaign, programme and year; also mine and all."""
    found: dict[str, int] = dict.fromkeys((*Place, MINE, EVERY), 0)
    for cell in cells:
        if _fits(cell, choice):
            found[cell.place] += cell.count
            found[MINE] += cell.mine
            found[EVERY] += cell.count
    return found


def settled_choice(choice: Choice, found: Mapping[str, int]) -> Choice:
    """The choice with its place: the first with work when none was named; all places for a search."""
    if choice.place:
        return choice
    if choice.words:
        return replace(choice, place=EVERY)
    first = next((place for place in WORK if found[place]), WORK[0])
    return replace(choice, place=first)


@dataclass(frozen=True)
class Options:
    """What the filters offer, from the cases there are: (value, words)."""

    faculties: Sequence[tuple[str, str]]
    campaigns: Sequence[tuple[str, str]]
    programmes: Sequence[tuple[str, str]]
    years: Sequence[tuple[str, str]]


def options_of(cells: Iterable[Cell]) -> Options:
    """The faculties, campaigns, programmes and years of study that have cases."""
    rows = list(cells)
    return Options(
        faculties=[(code, code) for code in sorted({cell.faculty for cell in rows})],
        campaigns=sorted(
            {(str(cell.campaign), cell.campaign_name) for cell in rows}, key=lambda pair: pair[1]
        ),
        programmes=[(code, code) for code in sorted({cell.programme for cell in rows})],
        years=[(str(year), str(year)) for year in sorted({cell.year for cell in rows})],
    )


# ---- rows --------------------------------------------------------------------------------------------------


def found(user: User, choice: Choice, at: datetime) -> QuerySet[Any]:
    """The cases of a choice, the one waiting longest first (or by name).

    A campaign that is closed shows its cases when it is named; otherwise only running campaigns count.
    """
    cases = placed(for_staff(user), at)
    if choice.campaign:
        cases = cases.filter(campaign=choice.campaign)
    else:
        cases = cases.filter(campaign__state=CampaignState.PUBLISHED)
    if choice.place == MINE:
        cases = cases.filter(_claimed_by(user, at))
    elif choice.place and choice.place != EVERY:
        cases = cases.filter(_exactly(Place.of(choice.place), at))
    if choice.faculty:
        cases = cases.filter(enrolment__programme__faculty__code=choice.faculty)
    if choice.programme:
        cases = cases.filter(enrolment__programme__code=choice.programme)
    if choice.year:
        cases = cases.filter(enrolment__year_of_study=choice.year)
    if choice.words:
        cases = cases.filter(
            Q(enrolment__person__in=people_named(choice.words).values("pk"))
            | Q(enrolment__matriculation_number__istartswith=choice.words)
        )
    return ordered(cases, choice)


def page_of(user: User, page: Any, choice: Choice, at: datetime) -> QuerySet[Any]:
    """The cases of one page in their order: the page is cut on keys alone, and only then joined with names.

    page: a slice of `found`, asked here.
    """
    keys = list(page.select_related(None).values_list("pk", flat=True))
    return ordered(placed(for_staff(user).filter(pk__in=keys), at), choice)


def ordered(cases: QuerySet[Any], choice: Choice) -> QuerySet[Any]:
    """The one waiting longest first, or by name."""
    return cases.order_by(*(["enrolment__person__sort", "pk"] if choice.by_name else ["state_at", "pk"]))


def with_signs(cases: QuerySet[Any]) -> QuerySet[Any]:
    """`cases` with what their rows in the queue say; still one query."""
    lines = OfferLine.objects.filter(contracting=OuterRef("pk")).order_by().values("contracting")
    changes = ChangeRequest.objects.filter(
        contracting=OuterRef("pk"), state__in=[ChangeRequestState.ASKED, ChangeRequestState.APPROVED]
    )
    signed: QuerySet[Any] = cases.select_related("claimed_by").annotate(
        left_out=Subquery(lines.filter(selected=False).annotate(n=Count("pk")).values("n")),
        nameless=Subquery(lines.filter(selected=True, teacher="").annotate(n=Count("pk")).values("n")),
        change_state=Subquery(changes.values("state")[:1]),
        due_at=Case(
            When(state=_S.OFFERED, then=Subquery(_deadlines(VALIDATE).values("due_at")[:1])),
            When(state=_S.DOCUMENTS_READY, then=Subquery(_deadlines(UPLOAD).values("due_at")[:1])),
        ),
    )
    return signed


@dataclass(frozen=True)
class Left:
    """A case somebody has just left, skipped or decided: where it stood in the queue until then."""

    pk: int
    state_at: datetime

    @classmethod
    def of(cls, text: str) -> Left | None:
        """What an address says of it; None for anything that is not understood."""
        number, _comma, moment = text.partition(",")
        pk = _number(number)
        try:
            state_at = parse_datetime(moment)
        except ValueError:
            return None
        return cls(pk, state_at) if pk and state_at and state_at.tzinfo else None

    def __str__(self) -> str:
        return f"{self.pk},{self.state_at.isoformat()}"


def next_case(
    user: User, choice: Choice, at: datetime, *, after: Left | None = None
) -> StudentContracting | None:
    """The case waiting longest among the choice that no colleague has taken; None when there is none.

    after: the one just left: the search goes on behind the place where it stood, then from the start, so
    that a skipped case comes back only when the others are done.
    """
    free = found(user, replace(choice, by_name=False), at).filter(
        Q(claimed_at__isnull=True) | Q(claimed_at__lte=at - CLAIM) | Q(claimed_by=user)
    )
    if after is not None:
        behind = Q(state_at__gt=after.state_at) | Q(state_at=after.state_at, pk__gt=after.pk)
        others = free.exclude(pk=after.pk)
        return others.filter(behind).first() or others.first()
    return free.first()


def unchanged(cases: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `cases` whose list was validated as it was offered: nothing left out, nothing asked."""
    left_out = OfferLine.objects.filter(contracting=OuterRef("pk"), selected=False)
    asked = Clarification.objects.filter(contracting=OuterRef("pk"))
    return cases.filter(~Exists(left_out), ~Exists(asked), state=_S.VALIDATED)


def done_today(user: User, since: datetime) -> dict[str, int]:
    """How many files the user accepted and returned since a moment, by act."""
    from upt_portal.kernel.models import TraceEntry

    acts = ["contracting.accept_file", "contracting.reject_file", "contracting.approve"]
    rows = TraceEntry.objects.filter(at__gte=since, actor=user, act__in=acts).order_by()
    return dict(rows.values_list("act").annotate(n=Count("pk")).values_list("act", "n"))
