"""Pages of the kernel: checking a paper, a calendar feed, the progress of a job, health."""

import secrets

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from upt_portal.kernel import clock, feeds
from upt_portal.kernel.models import IssuedPaper, Job, Mail


@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """Asks for the check code of a paper; people type it in small letters, with or without dashes."""
    if code := _as_code(request.GET.get("code", "")):
        return redirect("verify", code=code)
    return render(request, "kernel/verify_form.html")


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Says whether a paper is valid, replaced or cancelled: number, date and state, nothing personal.

    The QR of a page brings version and page (?v=2&p=1), so a stale version in the hand is called so.
    """
    paper = IssuedPaper.objects.filter(code=_as_code(code)).first()
    held, page = (_small_number(request.GET.get(name, "")) for name in ("v", "p"))
    context = {
        "paper": paper,
        "code": code[:20],
        "newest": _newest(paper) if paper else None,
        "held": held,
        "page_held": page,
        "stale": bool(paper and held and held != paper.version),
    }
    return render(request, "kernel/verify.html", context, status=200 if paper else 404)


def _as_code(typed: str) -> str:
    """The code as it is stored, however it was typed: capitals, in groups of four."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())[:12]
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _small_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _newest(paper: IssuedPaper) -> IssuedPaper | None:
    """The last paper in the line of those that replaced this one; None when nothing did."""
    newest = None
    while (following := IssuedPaper.objects.filter(supersedes=newest or paper).first()) is not None:
        newest = following
    return newest


@never_cache
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's running terms for a calendar programme; an unknown address answers 404."""
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404
    with translation.override(owner.language):
        body = feeds.calendar_of(owner, at=timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="termene.ics"'
    return response


@never_cache
@require_safe
def job_progress(request: HttpRequest, job: str) -> HttpResponse:
    """How far a job is, for the person who asked for it; the piece stops asking once it ends (286)."""
    user = request.user
    if not user.is_authenticated:
        raise Http404
    found = get_object_or_404(Job, pk=job, actor=user)
    over = found.state in {Job.State.DONE, Job.State.PARKED}
    if getattr(request, "htmx", False):
        return render(request, "kernel/_job.html", {"job": found, "over": over}, status=286 if over else 200)
    return render(request, "kernel/job.html", {"job": found, "over": over})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database and cache answer; 503 names what does not."""
    faults = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001  any fault of the database means not ready
        faults.append("database")
    try:
        mark = secrets.token_hex(4)
        cache.set("readyz", mark, 5)
        if cache.get("readyz") is None:
            faults.append("cache")
    except Exception:  # noqa: BLE001  any fault of the cache means not ready
        faults.append("cache")
    return JsonResponse(
        {"status": "fail" if faults else "ok", "faults": faults}, status=503 if faults else 200
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Queues in the text form that Prometheus reads; only from the machine itself or with the token set."""
    token = settings.METRICS_TOKEN
    if token and not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {token}"):
        raise Http404
    if not token and request.META.get("REMOTE_ADDR") not in {"127.0.0.1", "::1"}:
        raise Http404
    lines = ["# TYPE portal_mails gauge"]
    for row in Mail.objects.order_by("state").values("state").annotate(count=Count("pk")):
        lines.append(f'portal_mails{{state="{row["state"]}"}} {row["count"]}')
    lines.append("# TYPE portal_jobs gauge")
    for row in Job.objects.order_by("kind", "state").values("kind", "state").annotate(count=Count("pk")):
        lines.append(f'portal_jobs{{kind="{row["kind"]}",state="{row["state"]}"}} {row["count"]}')
    oldest = Mail.objects.filter(state=Mail.State.QUEUED).order_by("created_at").first()
    age = (clock.now() - oldest.created_at).total_seconds() if oldest else 0
    lines += ["# TYPE portal_oldest_mail_seconds gauge", f"portal_oldest_mail_seconds {age:.0f}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
