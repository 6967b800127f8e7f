"""The lock and the trace of one account: the money of one enrolment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit


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
    """Append an act to the account's trace; the caller holds the account's lock."""
    audit.record(account_reference(enrolment_id), act, actor=actor, at=at, reason=reason, data=data)


def account_reference(enrolment_id: int) -> str:
    """The case under which acts on an account are traced."""
    return f"fees.account:{enrolment_id}"
