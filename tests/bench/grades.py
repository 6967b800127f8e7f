"""The grades page beside a bare Django page that asks the same queries and writes the same rows.

python -m tests.bench.grades [--rounds 200] [--enrolment KEY]
"""

import argparse
import gzip
import os
import statistics
import time
from collections.abc import Callable

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upt_portal.settings")
    django.setup()

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count
from django.http import HttpResponse
from django.template import Context, Engine
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studentrecords.models import Enrolment

BARE = Engine().from_string(
    "<!doctype html><title>bare</title><table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
CELLS = 8


def main() -> None:
    """Print queries, bytes and the ratio of the medians."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--enrolment", type=int)
    given = arguments.parse_args()
    found = Enrolment.objects.annotate(n=Count("results")).filter(person__user__isnull=False)
    enrolment = found.get(pk=given.enrolment) if given.enrolment else found.latest("n", "pk")
    client = Client(HTTP_HOST="localhost")
    user = get_user_model().objects.get(person=enrolment.person_id)
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    path = f"/student/{enrolment.pk}/grades/"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    queries = [query["sql"] for query in asked]
    page = _median(lambda: client.get(path), given.rounds)
    kept = _median(lambda: client.get(path, headers={"If-None-Match": answer["ETag"]}), given.rounds)
    bare = _median(lambda: _bare(queries), given.rounds)
    size, packed = len(answer.content), len(gzip.compress(answer.content))
    print(f"{len(queries)} queries, {size / 1000:.1f} kB, {packed / 1000:.1f} kB compressed")
    print(
        f"page {page:.1f} ms, {page / bare:.2f} of the bare page; 304 {kept:.1f} ms, {kept / bare:.2f} of it"
    )


def _bare(queries: list[str]) -> HttpResponse:
    """The same statements, their rows in a plain table."""
    rows: list[tuple[object, ...]] = []
    with connection.cursor() as cursor:
        for sql in queries:
            cursor.execute(sql.replace("%", "%%"))
            rows += [row[:CELLS] for row in cursor.fetchall()]
    return HttpResponse(BARE.render(Context({"rows": rows})))


def _median(ask: Callable[[], object], rounds: int) -> float:
    """Milliseconds."""
    taken = []
    for _n in range(rounds):
        before = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
