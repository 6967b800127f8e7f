"""Card payments of the past: the payment sandbox runs for a moment, and a test card is held to its page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import requests
from django.conf import settings
from django.test.utils import override_settings

from contracting.models import StudentContracting
from fees.queries import ledger
from fees.sandbox.server import Sandbox
from fees.services import checkout, settlement
from fees.services.announcing import SETTLED
from fees.workflow import PAYABLE
from upt_portal.kernel import jobs
from upt_portal.kernel.models import Job
from upt_portal.kernel.references import reference

CARD = {"number": "4242 4242 4242 4242", "expiry": "12/40", "code": "123"}
NOWHERE = "http://127.0.0.1:9/"  # events wait in the sandbox until the portal's own one delivers them
WAIT = 10  # seconds


@contextmanager
def card_provider() -> Iterator[None]:
    """Inside the block card payments go to a sandbox of our own, never to a provider with a real key.

    It keeps its books where the portal's sandbox keeps them, so that later refunds find the payments.
    """
    sandbox = Sandbox(
        port=0,
        webhook=NOWHERE,
        state=Path(settings.RUN_DIR, "sandbox"),
        secret=settings.STRIPE_WEBHOOK_SECRET,
    )
    # Its courier is not started: nobody listens yet to what it would deliver.
    thread = threading.Thread(target=sandbox.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with override_settings(STRIPE_API_KEY="sk_test_demonstration", STRIPE_API_BASE=sandbox.base):
            yield
    finally:
        sandbox.shutdown()
        thread.join(timeout=WAIT)
        sandbox.server_close()
        sandbox.store.close()


def pay_all(case: StudentContracting, *, at: datetime) -> None:
    """Pay every open sum of a case by card, as its student would."""
    charges = [charge.pk for charge in ledger.lines_of(reference(case)).filter(state__in=PAYABLE)]
    student = case.enrolment.person.user
    if not charges or student is None:
        return
    page = checkout.start_checkout(charges, payer=student, at=at)
    with requests.Session() as wallet:
        wallet.trust_env = False  # a proxy of the environment does not lead to our own machine
        wallet.post(page, CARD, allow_redirects=False, timeout=WAIT).raise_for_status()
    settlement.settle_from_provider(page.rsplit("/", 1)[-1].split("?")[0], at=at)
    for told in Job.objects.filter(kind=SETTLED, key__contains=f":{reference(case)}:"):
        jobs.run(str(told.pk), at=at)  # now, as if committed then; after the commit it finds itself done
