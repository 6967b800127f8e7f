"""Reading a scan in the background, so that the queue can say what is on it before anybody opens it."""

from datetime import datetime
from typing import Any

from contracting.models import SignedFile
from contracting.queries.scans import READ_SCAN, job_key
from upt_portal.kernel import jobs, uploads
from upt_portal.kernel.uploads import UploadRefused


def enqueue(signed: SignedFile, *, at: datetime) -> None:
    """Have a fresh scan read by a worker, in the caller's transaction."""
    jobs.enqueue(READ_SCAN, job_key(signed), {"signed": signed.pk}, at=at)


def read(signed_id: int) -> dict[str, Any]:
    """The codes on a scan with their places, or why they cannot be read; running it again gives the same."""
    signed = SignedFile.objects.select_related("stored").get(pk=signed_id)
    if not uploads.may_be_shown(signed.stored):
        raise jobs.NotYet("the virus scan is awaited")
    try:
        return {"marks": uploads.served_marks(signed.stored)}
    except UploadRefused as refused:
        if refused.code == "failed":
            raise jobs.NotYet("no place came free to read the scan") from refused
        return {"refusal": refused.code}
