"""Terms as rows: set when their starting event happens, met, dropped, extended with a reason (T9)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.compiled import Change, Hole
from upt_portal.kernel.models import Deadline, DeadlineExtension, Reminder
from upt_portal.kernel.references import reference

if TYPE_CHECKING:
    from upt_portal.accounts.models import User


def set_deadline(
    subject: Model | str,
    kind: str,
    *,
    due_at: datetime,
    start_at: datetime | None = None,
    rule: str = "",
    parameter: str = "",
    person: "User | None" = None,
    link: str = "",
) -> Deadline:
    """The term of this kind for a case, opened or moved; a term already extended keeps the later instant.

    due_at: aware, the last instant that is still in time. rule: the rule ID that gave it.
    """
    where = subject if isinstance(subject, str) else reference(subject)
    values = {
        "due_at": due_at,
        "start_at": start_at,
        "rule": rule,
        "parameter": parameter,
        "person": person,
        "link": link,
        "met_at": None,
        "dropped_at": None,
        "passed_at": None,
    }
    deadline, _fresh = Deadline.objects.update_or_create(subject=where, kind=kind, defaults=values)
    return deadline


def set_many(deadlines: Iterable[Deadline]) -> None:
    """Open many terms in one statement; those of the same case and kind are moved."""
    Deadline.objects.bulk_create(
        deadlines,
        update_conflicts=True,
        unique_fields=["subject", "kind"],
        update_fields=["due_at", "start_at", "rule", "parameter", "person", "link"],
    )


def meet(subject: Model | str, kind: str, *, at: datetime) -> None:
    """The term was kept; an unknown or already closed term is left as it is."""
    where = subject if isinstance(subject, str) else reference(subject)
    _MEET.run(subject=where, kind=kind, at=at)


def drop(subject: Model | str, kinds: Iterable[str], *, at: datetime) -> None:
    """The terms no longer matter: their cause is gone."""
    where = subject if isinstance(subject, str) else reference(subject)
    Deadline.objects.filter(
        subject=where, kind__in=list(kinds), met_at__isnull=True, dropped_at__isnull=True
    ).update(dropped_at=at)


def _open(subject: Model | str, kind: str) -> QuerySet[Deadline]:
    where = subject if isinstance(subject, str) else reference(subject)
    return Deadline.objects.filter(subject=where, kind=kind, met_at__isnull=True, dropped_at__isnull=True)


_MEET = Change(
    lambda: Deadline.objects.filter(
        subject=Hole("subject"), kind=Hole("kind"), met_at__isnull=True, dropped_at__isnull=True
    ),
    met_at=Hole("at"),
)


@transaction.atomic
def extend(deadline_id: int, *, due_at: datetime, reason: str, actor: "User", at: datetime) -> Deadline:
    """Move one person's term, with a written reason (T9); the old instant is kept in its own row.

    Raises ValueError without a reason or when the new instant is not later.
    """
    deadline = Deadline.objects.select_for_update().get(pk=deadline_id)
    if not reason.strip():
        raise ValueError("an extension needs a written reason")
    if due_at <= deadline.due_at:
        raise ValueError("an extension ends later than the term it extends")
    DeadlineExtension.objects.create(
        deadline=deadline, previous_due_at=deadline.due_at, due_at=due_at, reason=reason, actor=actor, at=at
    )
    before, deadline.due_at, deadline.passed_at = deadline.due_at, due_at, None
    deadline.save(update_fields=["due_at", "passed_at"])
    audit.record(
        deadline.subject,
        "kernel.extend_deadline",
        actor=actor,
        at=at,
        before=before.isoformat(),
        after=due_at.isoformat(),
        reason=reason,
        data={"kind": deadline.kind},
    )
    return deadline


def effective(subject: Model | str, kind: str) -> datetime | None:
    """The last instant in time of an open term, extensions included; None when none runs."""
    return _open(subject, kind).values_list("due_at", flat=True).first()


def open_for(person: "User") -> QuerySet[Deadline]:
    """A person's running terms, soonest first."""
    return Deadline.objects.filter(person=person, met_at__isnull=True, dropped_at__isnull=True).order_by(
        "due_at"
    )


def passed(kinds: Iterable[str], at: datetime) -> QuerySet[Deadline]:
    """Running terms of these kinds that are over and not yet found so."""
    return Deadline.objects.filter(
        kind__in=list(kinds),
        due_at__lt=at,
        met_at__isnull=True,
        dropped_at__isnull=True,
        passed_at__isnull=True,
    ).order_by("due_at", "pk")


def to_remind(kinds: Iterable[str], *, days_before: int, at: datetime) -> list[Deadline]:
    """Running terms of the next `days_before` calendar days whose reminder was not sent yet."""
    return list(
        Deadline.objects.filter(
            kind__in=list(kinds),
            due_at__gte=at,
            due_at__lte=end_of_day(local_day(at) + timedelta(days=days_before)),
            met_at__isnull=True,
            dropped_at__isnull=True,
            person__isnull=False,
        )
        .exclude(
            Exists(
                Reminder.objects.filter(
                    deadline=OuterRef("pk"), due_at=OuterRef("due_at"), days_before=days_before
                )
            )
        )
        .select_related("person")
        .order_by("due_at", "pk")
    )


def reminded(deadline: Deadline, *, days_before: int, at: datetime) -> bool:
    """Take the one reminder of a term, in the caller's transaction; False when it was already taken."""
    _reminder, fresh = Reminder.objects.get_or_create(
        deadline=deadline, due_at=deadline.due_at, days_before=days_before, defaults={"sent_at": at}
    )
    return fresh
