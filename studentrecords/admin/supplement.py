"""The data of a diploma supplement on a page of the administration, and as a file."""

from http import HTTPStatus

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from studentrecords.documents.supplement import Supplement, supplement_of
from studentrecords.models import Enrolment
from studentrecords.permissions import may_prepare_documents
from studentrecords.queries import papers as queries
from studentrecords.services import papers as services
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, exports, storage
from upt_portal.kernel.page import Crumb

READ = "studentrecords.documents"


def page(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The eight sections of a student's supplement; `?as=json` and `?as=xlsx` give them as a file.

    The reading is noted for the student, the file on the trace of the enrolment.
    """
    user, at = signed_in(request), clock.now()
    student = queries.students_for_staff(user).filter(pk=enrolment).first()
    if student is None:
        raise Http404
    if not (answer := may_prepare_documents(user)):
        raise PermissionDenied(answer.reason)
    language = request.GET.get("language") or ("en" if (get_language() or "").startswith("en") else "ro")
    kind = request.GET.get("as", "")
    if language not in ("ro", "en") or kind not in ("", "json", "xlsx"):
        raise Http404
    if student.person.user is not None:
        audit.record_read(student.person.user, reader=user, what=READ, at=at)
    record = queries.record_of(student, clock.local_day(at))
    supplement = supplement_of(student, record, at, language)
    if kind:
        services.supplement_exported(student.pk, kind=kind, actor=user, at=at)
        return _file(student, supplement, kind)
    context = {
        **admin.site.each_context(request),
        "title": _("Data of the diploma supplement"),
        "crumbs": [
            Crumb(
                student.matriculation_number,
                reverse("admin:studentrecords_enrolment_change", args=[student.pk]),
            ),
            Crumb(_("Data of the diploma supplement")),
        ],
        "student": student,
        "supplement": supplement,
        "processing": record.names_processing(language),
        "language": language,
        "other": "ro" if language == "en" else "en",
    }
    return render(request, "studentrecords/admin/supplement.html", context, status=HTTPStatus.OK)


def _file(student: Enrolment, supplement: Supplement, kind: str) -> HttpResponse:
    """The data as a file, named by the matriculation number of the record, not by a person's name."""
    name = f"supplement-{student.pk}.{kind}"
    if kind == "json":
        response: HttpResponse = JsonResponse(
            supplement.as_data(), json_dumps_params={"ensure_ascii": False, "indent": 1}
        )
    else:
        headings = [_("Number"), _("What"), _("Value"), _("Missing")]
        data = exports.xlsx_bytes(_("Diploma supplement"), headings, supplement.lines())
        response = HttpResponse(data, content_type=exports.XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return storage.made_private(response)
