"""Annexes a second: the paper job on all cores, beside bare WeasyPrint on the same document.

    python -m tests.bench.annexes [--papers 40] [--rounds 3]

Both sides use as many processes as there are cores; each renders one blank page first. The bare side lays
out and writes the same HTML with the same sheet and codes, and nothing else: no row, no seal, no file.
"""

import argparse
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.bench import world


def _start() -> None:
    """A fresh process: its own connections, the fonts and the sheet read once."""
    import django

    django.setup()
    from upt_portal.kernel import rendering

    rendering.warm_up()


def _portal(job_id: str) -> int:
    from upt_portal.kernel import clock, documents, jobs

    assert documents.make
    if not jobs.run(job_id, at=clock.now()):
        raise RuntimeError(f"the paper of job {job_id} was not made")
    return os.getpid()


def _bare(paper_id: int) -> int:
    from upt_portal.kernel import rendering
    from upt_portal.kernel.models import IssuedPaper

    paper = IssuedPaper.objects.get(pk=paper_id)
    document = rendering._lay_out(paper, rendering.html_of(paper), rendering.FIRST_PAGES)
    document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=paper.code.encode())
    return os.getpid()


def main() -> None:
    """Measure in turn: portal, bare, portal, bare …"""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=40)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    cores = os.cpu_count() or 1
    with world.servers():
        pairs = _papers(given.papers * given.rounds)
        print(f"{given.papers} annexes a round, {cores} processes")
        ratios, rates = [], []
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_start) as pool:
            list(pool.map(_bare, [paper for paper, _job in pairs[:cores]]))
            for number in range(given.rounds):
                group = pairs[number * given.papers : (number + 1) * given.papers]
                made = _timed(pool, _portal, [job for _paper, job in group])
                bare = _timed(pool, _bare, [paper for paper, _job in group])
                rates.append(len(group) / made)
                ratios.append(bare / made)
                mine, theirs = len(group) / made, len(group) / bare
                print(f"round {number + 1}: {mine:.1f}/s, bare {theirs:.1f}/s, ratio {mine / theirs:.2f}")
        rate, ratio = statistics.median(rates), statistics.median(ratios)
        print(f"median {rate:.1f} annexes a second, {ratio:.2f} of bare WeasyPrint")


def _timed(pool: ProcessPoolExecutor, work: "object", items: list[object]) -> float:
    began = time.perf_counter()
    list(pool.map(work, items))  # type: ignore[arg-type]
    return time.perf_counter() - began


def _papers(count: int) -> list[tuple[int, str]]:
    """Issued papers and their jobs, waiting for their bytes."""
    from contracting.models import StudentContracting
    from contracting.services import review, selection
    from tests import factories
    from upt_portal.kernel import clock
    from upt_portal.kernel.models import IssuedPaper, Job

    world.students(count)
    clerk = factories.secretary()
    for case in StudentContracting.objects.exclude(enrolment__person__user=None).prefetch_related("lines")[
        :count
    ]:
        ticked = [line.key for line in case.lines.all() if line.selected]
        student = case.enrolment.person.user
        selection.validate(case.pk, ticked, fingerprint=case.fingerprint, actor=student, at=clock.now())
        review.approve(case.pk, actor=clerk, at=clock.now())
    jobs = {job.payload["paper"]: str(job.pk) for job in Job.objects.filter(kind="paper")}
    return [(paper.pk, jobs[paper.pk]) for paper in IssuedPaper.objects.order_by("pk")[:count]]


if __name__ == "__main__":
    main()
