"""The Celery application: workers for `default`, `papers` and `bulk`, and beat."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

from upt_portal.embedded import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upt_portal.settings")

app = Celery("upt_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def end_with_the_keeper(**sent: Any) -> None:
    """A worker or the clock of the portal's own runner does not outlive it."""
    if keeper := os.environ.get("PORTAL_KEEPER"):
        processes.end_after(int(keeper))
