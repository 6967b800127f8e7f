"""The contract page and a tick: requests a second, queries and bytes, beside the portal's health page.

python -m tests.bench.pages [--requests 400] [--connections 8] [--rounds 3]
"""

import argparse
import json
import statistics

from tests.bench import load, world


def main() -> None:
    """Measure page, tick and health page in turn on one server."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=400)
    arguments.add_argument("--connections", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with world.servers():
        students = world.students(50)
        _tell_costs(students[0])
        pages = [_page(students[n % len(students)]) for n in range(given.requests)]
        ticks = [_tick(students[n % len(students)]) for n in range(given.requests)]
        plain = [load.get("/healthz", {})] * given.requests
        with world.web("upt_portal.wsgi:application", "upt_portal.settings") as port:
            load.run(port, pages[:30] + ticks[:30], given.connections)
            rounds = [
                [load.run(port, wanted, given.connections) for wanted in (pages, ticks, plain)]
                for _n in range(given.rounds)
            ]
    for name, place in (("contract page", 0), ("tick", 1), ("health page", 2)):
        outcomes = [outcome[place] for outcome in rounds]
        rate = statistics.median(outcome.rate for outcome in outcomes)
        base = statistics.median(outcome[2].rate for outcome in rounds)
        print(f"{name}: {rate:.0f}/s, {rate / base:.2f} of the health page, {dict(outcomes[-1].statuses)}")


def _cookies(student: dict[str, str], token: str) -> dict[str, str]:
    return {"sessionid": student["session"], "csrftoken": token, "language": "ro"}


def _page(student: dict[str, str]) -> bytes:
    return load.get(f"/student/{student['enrolment']}/contract/", _cookies(student, world.token()))


def _tick(student: dict[str, str]) -> bytes:
    token = world.token()
    form = [("csrfmiddlewaretoken", token), *(("line", key) for key in json.loads(student["lines"]))]
    return load.post(f"/student/{student['enrolment']}/contract/totals/", form, _cookies(student, token))


def _tell_costs(student: dict[str, str]) -> None:
    """Queries and bytes of one page and one tick, counted inside this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="localhost")
    client.cookies["sessionid"], client.cookies["language"] = student["session"], "ro"
    base = f"/student/{student['enrolment']}/contract/"
    for name, ask in (
        ("contract page", lambda: client.get(base)),
        ("tick", lambda: client.post(f"{base}totals/", {"line": json.loads(student["lines"])})),
    ):
        ask()
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
        counted = [
            query
            for query in queries
            if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
        ]
        print(f"{name}: {len(counted)} queries, {len(answer.content) / 1000:.1f} kB")


if __name__ == "__main__":
    main()
