"""Addresses and frame of the secretariat's pages: queue, file, review; the queues in the side menu."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from contracting.models import StudentContracting
from contracting.queries import queue
from contracting.queries.cases import for_staff
from contracting.queries.queue import EVERY, MINE, WAITING, WORK, Choice, Left, Place
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb, NavEntry, NavGroup, Pill

PREFIX = "admin:contracting_studentcontracting"


def case_of(request: HttpRequest, pk: int) -> StudentContracting:
    """The case, if it is of the reader's faculties; Http404 otherwise (CON-012)."""
    return get_object_or_404(for_staff(signed_in(request)).select_related("claimed_by"), pk=pk)


def queue_url(choice: Choice | None = None) -> str:
    """The queue as somebody looked at it."""
    return reverse(f"{PREFIX}_queue") + (choice.query() if choice else "")


def next_url(choice: Choice, after: StudentContracting | None = None) -> str:
    """The next case of the queue, behind the one just left. after: as it was before the decision."""
    left = str(Left(after.pk, after.state_at)) if after else ""
    return reverse(f"{PREFIX}_next") + choice.query(after=left)


def file_url(case: StudentContracting | int, choice: Choice | None = None) -> str:
    """The student's file; with a choice it leads on to the next case of the queue."""
    pk = case if isinstance(case, int) else case.pk
    return reverse(f"{PREFIX}_change", args=[pk]) + (choice.query() if choice else "")


def act_url(case: StudentContracting, name: str, choice: Choice | None = None) -> str:
    """The page of one act on a case."""
    return reverse(f"{PREFIX}_act", args=[case.pk, name]) + (choice.query() if choice else "")


def review_url(
    case: StudentContracting | int, signed: int, choice: Choice | None = None, page: int = 1
) -> str:
    """The scan beside the issued paper."""
    pk = case if isinstance(case, int) else case.pk
    address = reverse(f"{PREFIX}_review", args=[pk, signed])
    more = {"page": page} if page > 1 else {}
    return address + (choice or Choice()).query(**more)


def is_from_queue(request: HttpRequest) -> bool:
    """Whether the page was reached from the queue, so that a decision leads to its next case."""
    return "place" in request.GET


def frame(request: HttpRequest, title: str, *crumbs: Crumb, place: str = "", **more: Any) -> dict[str, Any]:
    """Context of an own page: side menu, path, title.

    crumbs: between the queue and this page. place: of the queue, to be marked in the menu.
    """
    path = [Crumb(_("Contracting"), queue_url()), *crumbs, Crumb(title)]
    context = {**admin.site.each_context(request), "title": title, "crumbs": path, **more}
    if place:
        here = queue_url(Choice(place=place))
        context["staff_nav"] = [
            replace(group, entries=[replace(entry, current=entry.url == here) for entry in group.entries])
            for group in context.get("staff_nav", ())
        ]
    return context


# ---- the queues in the menu --------------------------------------------------------------------------------


def tell_queues(user: User) -> Sequence[NavGroup]:
    """The places of the queue with their counts, for the side menu and the first page."""
    if not has_role(user, *roles.SECRETARIAT):
        return []
    cells = queue.cells_of(user, clock.now())
    found = queue.counts(cells, Choice())
    entries = [
        NavEntry(str(place.label), queue_url(Choice(place=place)), count=found[place]) for place in WORK
    ]
    running = len({cell.campaign for cell in cells})
    campaigns = NavEntry(_("Campaigns"), reverse("admin:contracting_campaign_changelist"), count=running)
    return [NavGroup(_("Contracting"), [*entries, campaigns])]


def pills_of(choice: Choice, found: dict[str, int]) -> list[Pill]:
    """The saved filters with their counts; those that wait on somebody else come after the work."""
    words = {MINE: _("Taken by me"), EVERY: _("All")}
    shown = [*WORK, MINE, *WAITING, Place.DONE, EVERY]
    return [
        Pill(
            label=str(words.get(place) or Place.of(place).short),
            url=queue_url(replace(choice, place=str(place), words="")),
            current=choice.place == place,
            count=found[place],
        )
        for place in shown
        if found[place] or place in WORK or place == choice.place
    ]
