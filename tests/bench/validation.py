"""Contracting day: signed-in validations with CSRF and 10 % repeats, beside a bare endpoint.

    python -m tests.bench.validation [--students 3000] [--connections 16] [--rounds 3]

Prints both rates of each round, their ratio, and whether a validation was lost or doubled.
"""

import argparse
import json
import random
import statistics

from tests.bench import load, world


def main() -> None:
    """Measure in turn: portal, bare, portal, bare … on the same servers."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--students", type=int, default=3000)
    arguments.add_argument("--connections", type=int, default=16)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with world.servers():
        students = world.students(given.students * given.rounds)
        print(
            f"{len(students)} students with 16 rows; {given.connections} connections; 2 workers x 4 threads"
        )
        rates, bare_rates = [], []
        for number in range(given.rounds):
            group = students[number * given.students : (number + 1) * given.students]
            rates.append(_portal(group, given.connections))
            bare_rates.append(_bare(given.students, given.connections))
        _tell(students, rates, bare_rates)


def _portal(group: list[dict[str, str]], connections: int) -> load.Outcome:
    requests = [_validation(student) for student in group]
    requests += random.Random(7).sample(requests, len(requests) // 10)
    random.Random(8).shuffle(requests)
    with world.web("upt_portal.wsgi:application", "upt_portal.settings") as port:
        load.run(port, [load.get("/healthz", {})] * 50, connections)
        return load.run(port, requests, connections)


def _validation(student: dict[str, str]) -> bytes:
    token = world.token()
    cookies = {"sessionid": student["session"], "csrftoken": token, "language": "ro"}
    form = [("csrfmiddlewaretoken", token), ("fingerprint", student["fingerprint"])]
    form += [("line", key) for key in json.loads(student["lines"])]
    return load.post(f"/student/{student['enrolment']}/contract/validate/", form, cookies)


def _bare(count: int, connections: int) -> load.Outcome:
    from django.db import connection

    from tests.bench.bare import TABLES

    with connection.cursor() as cursor:
        cursor.execute(TABLES, [count])
    requests = [load.get(f"/validate/{case}/", {}) for case in range(1, count + 1)]
    requests += random.Random(7).sample(requests, len(requests) // 10)
    random.Random(8).shuffle(requests)
    with world.web("tests.bench.bare:application", "") as port:
        load.run(port, [load.get("/healthz", {})] * 50, connections)
        return load.run(port, requests, connections)


def _tell(students: list[dict[str, str]], rates: list[load.Outcome], bare: list[load.Outcome]) -> None:
    from contracting.models import StudentContracting
    from upt_portal.kernel.models import Mail, TraceEntry

    for number, (portal, plain) in enumerate(zip(rates, bare, strict=True), start=1):
        print(
            f"round {number}: portal {portal.rate:.0f}/s (95 % within {portal.percentile(0.95):.0f} ms, "
            f"{dict(portal.statuses)}), bare {plain.rate:.0f}/s, ratio {portal.rate / plain.rate:.2f}"
        )
    median = statistics.median(portal.rate for portal in rates)
    ratio = statistics.median(p.rate / b.rate for p, b in zip(rates, bare, strict=True))
    validated = StudentContracting.objects.filter(state="validated", credits=69).count()
    entries = TraceEntry.objects.filter(act="contracting.validate").count()
    mails = Mail.objects.filter(template="contracting/mail/validated").count()
    print(f"median {median:.0f} validations a second; {ratio:.2f} of the bare endpoint")
    print(
        f"lost {len(students) - validated}, doubled {entries - len(students)}; "
        f"students {len(students)}, validated {validated}, trace {entries}, mails {mails}"
    )


if __name__ == "__main__":
    main()
