"""The import of curricula inside the administration: choose a file, see what it would do, confirm, done.

What is confirmed is what was shown: the bytes are kept for an hour under their hash, and the fingerprint of
the preview is compared again at the moment of writing.
"""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from studentrecords import permissions
from studentrecords.importing import curricula
from studentrecords.importing.columns import series
from studentrecords.importing.curricula import ImportRefused, Report
from studentrecords.importing.drafts import Chosen
from studentrecords.models import Curriculum, Programme
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, uploads
from upt_portal.kernel.cells import CellRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.tables import Fault
from upt_portal.kernel.upload_handler import TooLargeFile
from upt_portal.kernel.uploads import WORDS, UploadRefused

KEPT_SECONDS: Final = 3600


def programmes_of(user: User) -> QuerySet[Programme]:
    """The programmes whose curricula the user may import."""
    if has_role(user, *permissions.CURRICULA_OF_ALL):
        return Programme.objects.order_by("code")
    return Programme.objects.filter(faculty__code__in=faculty_codes(user)).order_by("code")


class CurriculumFileForm(forms.Form):
    """The files and, where they do not say it themselves, whose curriculum it is."""

    file = forms.FileField(
        label=gettext_lazy("File with the disciplines"),
        help_text=gettext_lazy("XLSX or CSV; a sheet with the packages may stand in the same workbook."),
        error_messages={"required": WORDS["missing"], "empty": WORDS["empty"]},
    )
    packages = forms.FileField(
        label=gettext_lazy("File with the packages"), required=False, error_messages={"empty": WORDS["empty"]}
    )
    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        label=gettext_lazy("Programme"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("as the file says"),
    )
    series = forms.CharField(
        label=gettext_lazy("Series"), required=False, help_text=gettext_lazy("For example 2026-2030.")
    )

    def __init__(self, request: HttpRequest) -> None:
        sent = request.method == "POST"
        super().__init__(request.POST if sent else None, request.FILES if sent else None)
        self.fields["programme"].queryset = programmes_of(signed_in(request))  # type: ignore[attr-defined]
        if sent:
            try:
                uploads.chosen(request, "file")
            except UploadRefused as refused:
                self.fields["file"].error_messages["required"] = str(refused)

    def clean_file(self) -> UploadedFile[bytes]:
        return _within_limit(self.cleaned_data["file"])

    def clean_packages(self) -> UploadedFile[bytes] | None:
        sent = self.cleaned_data["packages"]
        return _within_limit(sent) if sent else None

    def clean_series(self) -> str:
        written = self.cleaned_data["series"].strip()
        try:
            return str(series(written)) if written else ""
        except CellRefused as refused:
            raise ValidationError(_("Write the series as 2026-2030")) from refused


def _within_limit(sent: UploadedFile[bytes]) -> UploadedFile[bytes]:
    if isinstance(sent, TooLargeFile):
        raise ValidationError(
            str(UploadRefused("size", size=sent.size or 0, limit=settings.UPLOAD_MAX_BYTES))
        )
    return sent


# ---- the files between two pages -------------------------------------------------------------------


def _place(user: User, digest: str) -> str:
    return f"curriculum-import:{user.pk}:{digest}"


def _keep(user: User, data: bytes, packages: bytes) -> str:
    digest = curricula.digest_of(data, packages)
    cache.set(_place(user, digest), (data, packages), KEPT_SECONDS)
    return digest


def _kept(user: User, digest: str) -> tuple[bytes, bytes] | None:
    """The files that were shown, if they are still there and still the same."""
    found: tuple[bytes, bytes] | None = cache.get(_place(user, digest))
    return found if found and curricula.digest_of(*found) == digest else None


# ---- the pages -------------------------------------------------------------------------------------


def import_view(request: HttpRequest) -> HttpResponse:
    """GET: the form, or with `file` the report on a file just chosen. POST: a file, or its confirmation."""
    user = signed_in(request)
    if not (answer := permissions.may_import_curricula(user)):
        raise PermissionDenied(str(answer.reason))
    if request.method == "POST":
        return _confirm(request, user) if "fingerprint" in request.POST else _choose(request, user)
    if not (digest := request.GET.get("file")):
        return _form_page(request, CurriculumFileForm(request))
    files = _kept(user, digest)
    if files is None:
        return _start_again(request)
    chosen = _chosen(request.GET)
    return _report_page(
        request, _scoped(user, curricula.preview(files[0], packages=files[1], chosen=chosen)), chosen
    )


def _chosen(values: Any) -> Chosen:
    return Chosen(values.get("programme", ""), values.get("series", ""))


def _choose(request: HttpRequest, user: User) -> HttpResponse:
    form = CurriculumFileForm(request)
    if not form.is_valid():
        return _form_page(request, form)
    sent, packages, programme = (form.cleaned_data[name] for name in ("file", "packages", "programme"))
    digest = _keep(user, sent.read(), packages.read() if packages else b"")
    said = {
        "file": digest,
        "programme": programme.code if programme else "",
        "series": form.cleaned_data["series"],
    }
    return redirect(f"{request.path}?{urlencode(said)}")


def _confirm(request: HttpRequest, user: User) -> HttpResponse:
    files = _kept(user, request.POST.get("file", ""))
    if files is None:
        return _start_again(request)
    data, packages = files
    chosen = _chosen(request.POST)
    shown = _scoped(user, curricula.preview(data, packages=packages, chosen=chosen))
    try:
        if not shown.ok:
            raise ImportRefused(shown)
        report = curricula.apply(
            data,
            packages=packages,
            chosen=chosen,
            expected=request.POST["fingerprint"],
            actor=user,
            at=clock.now(),
        )
    except ImportRefused as refused:
        return _report_page(request, refused.report, chosen)
    cache.delete(_place(user, report.digest))
    messages.success(request, _done_words(report))
    return redirect("admin:studentrecords_curriculum_changelist")


def _done_words(report: Report) -> str:
    count = sum(len(plan.disciplines.new) + len(plan.disciplines.changed) for plan in report.plans)
    names = ", ".join(f"{plan.plan.programme.code} {plan.plan.series}" for plan in report.plans)
    words = ngettext(
        "%(names)s: the curriculum was imported, %(count)s discipline written.",
        "%(names)s: the curriculum was imported, %(count)s disciplines written.",
        count,
    )
    return words % {"names": names, "count": count}


def _scoped(user: User, report: Report) -> Report:
    """The report, with a fault for each curriculum of a faculty that is not the user's."""
    for plan in report.plans:
        answer = permissions.may_import_into(user, plan.plan.programme)
        if not answer:
            report.faults.insert(0, Fault(f"{plan.plan.programme.code}: {answer.reason}"))
    return report


def _start_again(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("The chosen file is kept for an hour. Choose it once more."))
    return redirect(request.path)


def _form_page(request: HttpRequest, form: CurriculumFileForm) -> HttpResponse:
    return render(request, "studentrecords/admin/import.html", _context(request) | {"form": form})


def _report_page(request: HttpRequest, report: Report, chosen: Chosen) -> HttpResponse:
    values = {"report": report, "chosen": chosen}
    return render(request, "studentrecords/admin/import_report.html", _context(request) | values)


def _context(request: HttpRequest) -> dict[str, Any]:
    title = _("Import a curriculum")
    crumbs = [
        Crumb(
            str(Curriculum._meta.verbose_name_plural).capitalize(),
            reverse("admin:studentrecords_curriculum_changelist"),
        ),
        Crumb(title),
    ]
    return {**admin.site.each_context(request), "title": title, "crumbs": crumbs}


class CurriculumImportMixin(admin.ModelAdmin[Curriculum]):
    """Gives the administration of curricula its import page and the button that leads there."""

    change_list_template = "studentrecords/admin/import_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(import_view)
        return [path("import/", page, name="studentrecords_curriculum_import"), *super().get_urls()]
