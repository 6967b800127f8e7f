"""The bare endpoint to compare with: a row lock, an update, two inserts; the same server, nothing else."""

import os

import django
from django.conf import settings

if not settings.configured:
    import dj_database_url

    database = dj_database_url.parse(os.environ["DATABASE_URL"])
    database["OPTIONS"] = {**database.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 6}}
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": database},
        MIDDLEWARE=[],
        USE_TZ=True,
    )
    django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

TABLES = """
DROP TABLE IF EXISTS bench_case, bench_trace, bench_mail;
CREATE TABLE bench_case (id bigint PRIMARY KEY, state text NOT NULL, at timestamptz);
CREATE TABLE bench_trace (id bigserial PRIMARY KEY, case_id bigint UNIQUE, body text);
CREATE TABLE bench_mail (id bigserial PRIMARY KEY, case_id bigint UNIQUE, body text);
INSERT INTO bench_case SELECT n, 'offered' FROM generate_series(1, %s) n;
"""


def validate(request: HttpRequest, case: int) -> HttpResponse:
    """Move one row from offered to validated, once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT state FROM bench_case WHERE id = %s FOR UPDATE", [case])
        if cursor.fetchone() == ("offered",):
            cursor.execute("UPDATE bench_case SET state = 'validated', at = now() WHERE id = %s", [case])
            cursor.execute("INSERT INTO bench_trace (case_id, body) VALUES (%s, %s)", [case, "x" * 200])
            cursor.execute("INSERT INTO bench_mail (case_id, body) VALUES (%s, %s)", [case, "x" * 400])
    return HttpResponse(status=302, headers={"Location": "/", "Content-Length": "0"})


def health(request: HttpRequest) -> HttpResponse:
    """The server answers."""
    return HttpResponse("ok", headers={"Content-Length": "2"})


urlpatterns = [path("validate/<int:case>/", validate), path("healthz", health)]
application = get_wsgi_application()
