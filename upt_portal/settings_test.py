"""The same portal, with what tests need: a fast hasher, plain static files, mails kept in memory."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from upt_portal.settings import *  # noqa: F403
from upt_portal.settings import CACHES, REDIS_URL

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
# Processes that a test starts itself share its files.
_folder = os.environ.get("PORTAL_TEST_FILES") or tempfile.mkdtemp(prefix="portal-tests-")
if "PORTAL_TEST_FILES" not in os.environ:
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
# Not the portal's own folder: a test that makes static files there would pull them from under the others.
STATIC_ROOT = Path(_folder, "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": _folder}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {**CACHES["default"], "LOCATION": REDIS_URL, "KEY_PREFIX": f"test{_worker}"}}
# The bell is rung, nobody answers: tests run the rows' work themselves.
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"
LOG_LEVEL = "WARNING"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
