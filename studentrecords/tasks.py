"""The clock's doors into the records room."""

from datetime import datetime

from celery import shared_task

from studentrecords.importing import moving
from studentrecords.queries import appeals as appeal_queries
from studentrecords.queries import catalogues as queries
from studentrecords.queries import increases as increase_queries
from studentrecords.queries import leavers
from studentrecords.queries import papers as paper_queries
from studentrecords.refusal import Refused
from studentrecords.services import appeals, catalogues, corrections, increases, papers
from upt_portal.accounts import states
from upt_portal.accounts.parameters import ACCOUNT_CLOSE_AFTER
from upt_portal.kernel import clock


@shared_task(name="studentrecords.follow_catalogues")
def follow_catalogues() -> int:
    """Open lists, lock, close corrections and post what was held back, as terms pass; returns how many.

    Lists are made a day before their session (REC-114), grade increases join them (REC-175), catalogues lock
    after their term (REC-131), a correction closes by itself (REC-132). Running it again changes nothing.
    """
    at, done = clock.now(), 0
    for pk in queries.to_open(at):
        catalogues.open_catalogue(pk, actor=None, at=at)
        done += 1
    done += sum(_listed(pk, at) for pk in increase_queries.to_list(at))
    done += sum(catalogues.lock_late(pk, at=at) for pk in queries.to_lock(at))
    done += sum(corrections.close_late(pk, at=at) for pk in queries.to_close(at))
    return done + sum(bool(catalogues.release(pk, at=at)) for pk in queries.to_post(at))


@shared_task(name="studentrecords.flag_late_documents")
def flag_late_documents() -> int:
    """Tell the heads of the secretariats of documents that are not ready in their term (REC-042)."""
    at = clock.now()
    return sum(papers.flag_late(pk, at=at) for pk in paper_queries.to_flag(at))


def _listed(increase: int, at: datetime) -> bool:
    """List a grade increase; one that a rule refuses now waits for the office and holds nobody up."""
    try:
        return increases.list_in_catalogue(increase, actor=None, at=at)
    except Refused:
        return False


@shared_task(name="studentrecords.follow_appeals")
def follow_appeals() -> int:
    """Close appeals whose term for a re-evaluation has passed (REC-195); returns how many."""
    at = clock.now()
    return sum(appeals.close(pk, at=at) for pk in appeal_queries.to_close(at))


@shared_task(name="studentrecords.forget_moving_files")
def forget_moving_files() -> int:
    """Put away files moving in that nobody has touched for a month, and strays; returns how many."""
    at = clock.now()
    return moving.forget(at) + moving.sweep_strays(at)


@shared_task(name="studentrecords.close_accounts")
def close_accounts() -> int:
    """Close the accounts of former students whose time is over (ACCOUNT_CLOSE_AFTER); returns how many."""
    at = clock.now()
    gone = leavers.accounts_to_close(at, days=ACCOUNT_CLOSE_AFTER.on(clock.local_day(at)))
    for user in gone:
        states.close(user, at=at, reason="ACCOUNT_CLOSE_AFTER")
    return len(gone)
