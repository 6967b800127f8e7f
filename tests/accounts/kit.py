"""What tests of accounts share: the work that waits is done, and links are read out of mails."""

import re

from django.core import mail

from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import Job


def run_jobs() -> None:
    """Do the work that waits, and what that work asks for."""
    while waiting := list(Job.objects.filter(state=Job.State.QUEUED).order_by("created_at", "pk")):
        for job in waiting:
            assert jobs.run(str(job.pk), at=clock.now()), Job.objects.get(pk=job.pk).error


def mails_to(address: str) -> list[mail.EmailMessage]:
    """The mails that were sent to an address, in their order."""
    return [message for message in mail.outbox if message.to == [address]]


def link_in(message: mail.EmailMessage) -> str:
    """The path of the only link with a token in a mail."""
    found = re.findall(r"http://localhost:8000(/\S{30,})", str(message.body))
    assert len(found) == 1, message.body
    return found[0]
