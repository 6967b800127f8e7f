"""The Celery application: workers for `default`, `papers` and `bulk`, and beat."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upt_portal.settings")

app = Celery("upt_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
