"""Moving in, inside the administration: send a file, see what it would do, confirm, follow; take out."""

from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords import permissions
from studentrecords.importing import moving, taking_out
from studentrecords.importing.moving_columns import COLUMNS
from studentrecords.models import Faculty, MovingFile, MovingKind
from studentrecords.queries import moving as queries
from studentrecords.refusal import Refused
from studentrecords.services.reads import RECORDS, note_list
from studentrecords.workflow.moving import MOVING_MOVES, STAFF
from studentrecords.workflow.moving import MovingState as State
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, exports, uploads
from upt_portal.kernel.admin_tables import ReadOnlyAdmin
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.upload_handler import TooLargeFile, takes_files_of
from upt_portal.kernel.uploads import WORDS, UploadRefused

SHOWN: Final = 100
_ACTS: Final = {
    "confirm": moving.confirm,
    "stop": moving.stop,
    "resume": moving.resume,
    "drop": moving.drop,
}
_UNDER_WAY: Final = frozenset({State.LOOKING, State.WRITING})


class MovingForm(forms.Form):
    """What the rows are, and the file."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the rows are"),
        choices=MovingKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select what the rows are")},
        help_text=gettext_lazy("Students come first, then their enrolments, then their results."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV, up to 80 MB."),
        error_messages={"required": WORDS["missing"], "empty": WORDS["empty"]},
    )

    def clean_file(self) -> UploadedFile[bytes]:
        sent: UploadedFile[bytes] = self.cleaned_data["file"]
        if isinstance(sent, TooLargeFile):
            raise ValidationError(str(UploadRefused("size", size=sent.size or 0, limit=moving.LARGEST)))
        return sent


class TakingOutForm(forms.Form):
    """Which records leave, of which faculty, as what."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the rows are"), choices=MovingKind.choices, widget=forms.RadioSelect
    )
    faculty = forms.ModelChoiceField(
        Faculty.objects.none(), label=gettext_lazy("Faculty"), to_field_name="code", required=False
    )
    shape = forms.ChoiceField(
        label=gettext_lazy("Form"),
        choices=[("xlsx", "XLSX"), ("csv", "CSV")],
        widget=forms.RadioSelect,
        initial="xlsx",
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        scope = permissions.moving_scope(user)
        faculties = Faculty.objects.order_by("name_ro")
        field: Any = self.fields["faculty"]
        field.queryset = faculties.filter(code__in=scope.split()) if scope else faculties
        field.empty_label = _("all that are yours") if scope else _("all")


def _asked(request: HttpRequest) -> User:
    user = signed_in(request)
    if not (answer := permissions.may_move_in(user)):
        raise PermissionDenied(str(answer.reason))
    return user


def _context(request: HttpRequest, title: str) -> dict[str, Any]:
    above = Crumb(
        capfirst(str(MovingFile._meta.verbose_name_plural)),
        reverse("admin:studentrecords_movingfile_changelist"),
    )
    return {**admin.site.each_context(request), "title": title, "crumbs": [above, Crumb(title)]}


@require_http_methods(["GET", "HEAD", "POST"])
def new_view(request: HttpRequest) -> HttpResponse:
    """A file is chosen and kept; a worker looks at it while the page of its report is shown."""
    user = _asked(request)
    sending = request.method == "POST"
    form = MovingForm(request.POST, request.FILES) if sending else MovingForm()
    if sending:
        try:
            uploads.chosen(request, "file")
        except UploadRefused as refused:
            form.fields["file"].error_messages["required"] = str(refused)
    if sending and form.is_valid():
        try:
            kept = moving.receive(
                form.cleaned_data["kind"],
                form.cleaned_data["file"],
                faculties=permissions.moving_scope(user),
                actor=user,
                at=clock.now(),
            )
        except UploadRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("admin:studentrecords_movingfile_report", pk=kept.pk)
    columns = [(kind.label, COLUMNS[kind]) for kind in MovingKind]
    context = {**_context(request, _("Bring records in")), "form": form, "columns": columns}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/admin/moving_new.html", context, status=status)


def _found(request: HttpRequest, pk: int) -> MovingFile:
    return get_object_or_404(permissions.moving_files_of(signed_in(request)), pk=pk)


@require_safe
def report_view(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file would do, how far its writing is, and what can be done with it now."""
    found = _found(request, pk)
    context = {
        **_context(request, found.name),
        "moving": found,
        "under_way": found.state in _UNDER_WAY,
        "faults": found.faults.all()[:SHOWN],
        "shown": SHOWN,
        "acts": [
            move
            for move in MOVING_MOVES.open_from(found.state, STAFF)
            if move.name != "confirm" or found.fresh
        ],
    }
    if getattr(request, "htmx", False):
        return render(request, "studentrecords/admin/_moving.html", context)
    return render(request, "studentrecords/admin/moving_report.html", context)


@require_POST
def act_view(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Confirm, stop, go on, put away."""
    found = _found(request, pk)
    user = _asked(request)
    if name not in _ACTS:
        return redirect("admin:studentrecords_movingfile_report", pk=pk)
    try:
        _ACTS[name](found.pk, actor=user, at=clock.now())
    except (MoveRefused, Refused) as refused:
        messages.error(request, str(refused))
    return redirect("admin:studentrecords_movingfile_report", pk=pk)


@require_safe
def faults_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All faults as a file: row, column, what stands there, what is wrong."""
    found = _found(request, pk)
    headings = [_("Row"), _("Column"), _("Value"), _("What is wrong")]
    lines = found.faults.values_list("row", "column", "value", "words").iterator(chunk_size=2000)
    return exports.stream(f"greseli-{found.pk}", headings, lines, as_csv=request.GET.get("format") == "csv")


@require_http_methods(["GET", "HEAD", "POST"])
def take_out_view(request: HttpRequest) -> HttpResponseBase:
    """The records of a faculty as a file; who took them, which and how many is kept (REC-053)."""
    user = _asked(request)
    form = TakingOutForm(request.POST if request.method == "POST" else None, user)
    if form.is_bound and form.is_valid():
        kind, faculty = form.cleaned_data["kind"], form.cleaned_data["faculty"]
        scope = permissions.moving_scope(user).split()
        faculties = [faculty.code] if faculty else scope or None
        count = queries.count(kind, faculties)
        taking_out.record(kind, faculties, count=count, actor=user, at=clock.now())
        note_list(queries.enrolments_in(faculties), reader=user, what=RECORDS, at=clock.now())
        return exports.stream(
            f"{taking_out.NAMES[kind]}-{clock.today():%Y%m%d}",
            taking_out.headings(kind),
            taking_out.rows(kind, faculties),
            as_csv=form.cleaned_data["shape"] == "csv",
        )
    context = {**_context(request, _("Take records out")), "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/admin/moving_out.html", context, status=status)


@admin.register(MovingFile)
class MovingFileAdmin(ReadOnlyAdmin):
    """The files that moved in; each leads to its report."""

    list_display = ["report", "kind", "state", "rows", "written", "faulty", "sent_by", "sent_at"]
    list_display_links = None
    list_filter = ["kind", "state"]
    list_select_related = ["sent_by"]
    search_fields = ["name"]
    change_list_template = "studentrecords/admin/moving_change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MovingFile]:
        return permissions.moving_files_of(signed_in(request))

    @admin.display(description=gettext_lazy("file"), ordering="name")
    def report(self, found: MovingFile) -> str:
        where = reverse("admin:studentrecords_movingfile_report", args=[found.pk])
        return format_html('<a href="{}">{}</a>', where, found.name)

    def get_urls(self) -> list[URLPattern]:
        name, wrap = "studentrecords_movingfile", self.admin_site.admin_view
        new = takes_files_of(moving.LARGEST)(wrap(new_view))
        return [
            path("new/", new, name=f"{name}_new"),
            path("out/", wrap(take_out_view), name=f"{name}_out"),
            path("<int:pk>/report/", wrap(report_view), name=f"{name}_report"),
            path("<int:pk>/faults/", wrap(faults_view), name=f"{name}_faults"),
            path("<int:pk>/act/<slug:name>/", wrap(act_view), name=f"{name}_act"),
            *super().get_urls(),
        ]
