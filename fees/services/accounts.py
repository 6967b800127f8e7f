"""The lock and the trace of one account, the money of one enrolment; what follows from each act on it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit


class Follower(Protocol):
    """What is brought up to date after every act on accounts, in its transaction and under their locks."""

    def __call__(self, accounts: Collection[int], *, at: datetime) -> object: ...


_followers: list[Follower] = []


def follow_acts(follower: Follower) -> None:
    """Have `follower` called after every recorded act: penalties, terms and proposals follow the money.

    Running it again changes nothing; it traces with `trace`, never with `record`.
    """
    if follower not in _followers:
        _followers.append(follower)


def follow(accounts: Collection[int], *, at: datetime) -> None:
    """Bring up to date what follows from the money of these accounts; the caller holds their locks.

    `record` does it for its own account; a caller who traces many acts at once calls it when all is written.
    """
    for follower in _followers:
        follower(accounts, at=at)


def lock_account(enrolment_id: int) -> Enrolment:
    """Hold the account until the transaction ends, so that its acts come one after another.

    Rows that merely point to the enrolment can still be written meanwhile.
    """
    return Enrolment.objects.select_for_update(no_key=True, of=("self",)).get(pk=enrolment_id)


def record(
    enrolment_id: int,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an act to the account's trace, then bring up to date what follows from the money.

    The last step of an act: the caller holds the account's lock and has written all its rows.
    """
    trace(enrolment_id, act, actor=actor, at=at, reason=reason, data=data)
    follow([enrolment_id], at=at)


def trace(
    enrolment_id: int,
    act: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an act to the account's trace and nothing else; the caller holds the account's lock."""
    audit.record(account_reference(enrolment_id), act, actor=actor, at=at, reason=reason, data=data)


def account_reference(enrolment_id: int) -> str:
    """The case under which acts on an account are traced."""
    return f"fees.account:{enrolment_id}"
