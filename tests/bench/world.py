"""A portal of its own for a measurement: servers, database, students with open offers, their sessions."""

import json
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def servers(*, pages: bool = True) -> Iterator[None]:
    """PostgreSQL and Valkey of this measurement, durable as in production, named in the environment.

    pages: whether pages are asked for, so that their styles and scripts must be there.
    """
    from upt_portal.embedded.surroundings import Servers

    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        started = Servers(Path(folder), {}, durable=True)
        os.environ |= started.start()
        os.environ["PRIVATE_FILES"] = str(Path(folder, "private"))
        os.environ["LOG_LEVEL"] = "ERROR"
        os.environ["DJANGO_SETTINGS_MODULE"] = "upt_portal.settings"
        try:
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            if pages:
                call_command("collectstatic", interactive=False, verbosity=0)
            yield
        finally:
            from django.db import connections

            connections.close_all()
            started.stop()


def students(count: int) -> list[dict[str, str]]:
    """`count` fee-paying students with five arrears and an open offer; enrolment, session and form of each.

    The rows are those of example 7.1 of the contracting catalogue: sixteen in all, five of them free.
    """
    from django.contrib.sessions.backends.cached_db import SessionStore

    from contracting.models import Campaign, OfferLine, StudentContracting
    from contracting.services import offers
    from contracting.workflow import CampaignState
    from studentrecords.models import DisciplineChoice, DisciplineYear, Enrolment, ExamResult, Person
    from tests import factories
    from tests.contracting import kit
    from upt_portal.accounts.models import User
    from upt_portal.kernel import clock

    kit.price("4200")
    plan = factories.curriculum()
    first = factories.with_past(factories.enrolment(curriculum=plan, financing="fee"), kit.FIVE_ARREARS)
    marks = list(DisciplineYear.objects.filter(enrolment=first))
    results = list(ExamResult.objects.filter(enrolment=first))
    choices = list(DisciplineChoice.objects.filter(enrolment=first))
    users = User.objects.bulk_create(
        User(email=f"bench{n}@student.upt.ro", first_name="Ana", last_name=f"Bench {n}", password="!")
        for n in range(count)
    )
    people = Person.objects.bulk_create(
        [
            Person(user=user, last_name=user.last_name, first_name="Ana", sort=str(n))
            for n, user in enumerate(users)
        ]
    )
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            programme=plan.programme,
            curriculum=plan,
            matriculation_number=f"BENCH{n:06d}",
            promotion="2025-2027",
            year_of_study=2,
            financing="fee",
            citizenship_category="ro",
        )
        for n, person in enumerate(people)
    )
    for model, rows in ((DisciplineYear, marks), (ExamResult, results), (DisciplineChoice, choices)):
        copies = []
        for enrolment in enrolments:
            for row in rows:
                values = {
                    f.attname: getattr(row, f.attname)
                    for f in model._meta.fields
                    if f.name not in {"id", "enrolment"}
                }
                copies.append(model(enrolment=enrolment, **values))
        model.objects.bulk_create(copies, batch_size=5000)
    campaign = factories.campaign(**_open_today())
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.PUBLISHED, published_at=clock.now())
    offers.build(campaign.pk, actor=None, at=clock.now())
    OfferLine.objects.filter(contracting__campaign=campaign, position__in=[2, 4]).update(selected=False)
    made, chance = [], random.Random(9)
    wanted = StudentContracting.objects.filter(enrolment__in=enrolments).select_related(
        "enrolment__person__user"
    )
    for case in wanted.prefetch_related("lines"):
        session, user = SessionStore(), case.enrolment.person.user
        session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
        session["_auth_user_backend"] = "upt_portal.accounts.backends.PortalBackend"
        # Who validates has opened the page before: the session knows him, and when he was last noted.
        session["works_here"], session["idle_limit"] = False, 30 * 60
        session["seen_at"] = time.time() - chance.uniform(0, 120)
        session.create()
        made.append(
            {
                "enrolment": str(case.enrolment_id),
                "session": str(session.session_key),
                "fingerprint": case.fingerprint,
                "lines": json.dumps([line.key for line in case.lines.all() if line.position not in {2, 4}]),
            }
        )
    return made


def _open_today() -> dict[str, object]:
    from datetime import timedelta

    from upt_portal.kernel import clock

    today = clock.today()
    days = {
        "stage1_from": -5,
        "stage1_until": 5,
        "stage2_from": -4,
        "stage2_until": 7,
        "stage3_from": 7,
        "stage3_until": 7,
        "stage4_from": 8,
        "stage4_until": 14,
        "documents_from": -1,
        "payment_until": 30,
    }
    return {name: today + timedelta(days=days[name]) for name in days}


def token() -> str:
    """A CSRF secret as a browser would hold it."""
    return secrets.token_hex(16)


@contextmanager
def web(application: str, settings: str, *, workers: int = 2) -> Iterator[int]:
    """gunicorn as the portal runs it, with `application`; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "--no-control-socket",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--workers",
        str(workers),
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
        application,
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "DATABASE_POOL": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _attempt in range(600):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the web server did not answer")
