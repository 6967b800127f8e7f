"""Sessions, timetables and exams in the administration; lists and corrections are on the catalogue page."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from studentrecords.models import (
    Catalogue,
    ExamDurations,
    ExamRequest,
    ExamSession,
    ExamTimetable,
    Faculty,
    FraudReport,
    SessionBan,
)
from studentrecords.parameters import TIMETABLE_POST
from studentrecords.permissions import CURRICULA_OF_ALL
from studentrecords.queries import catalogues as queries
from studentrecords.queries import timetable
from studentrecords.rules import exam_requests as requests_rules
from studentrecords.rules import sessions as rules
from studentrecords.services import catalogues as services
from studentrecords.workflow.catalogues import CatalogueState
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.admin_tables import Kept, ReadOnlyAdmin, TableAdmin
from upt_portal.kernel.answers import YES, Answer

LEAST_PRESENT = 3


@admin.register(ExamSession)
class ExamSessionAdmin(TableAdmin):
    """The sessions of a year; `results seen from` is the embargo of REC-038."""

    list_display = ["code", "year", "starts_on", "ends_on", "results_from"]
    list_filter = ["year"]
    list_select_related = ["year"]
    ordering = ["-year__name", "starts_on"]
    search_fields = ["code", "year__name"]


class TimetableForm(ModelForm[ExamTimetable]):
    """Posted two weeks before the session, or with a reason (REC-115)."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        posted, session = given.get("posted_on"), given.get("session")
        if posted and session:
            days = TIMETABLE_POST.on(posted)
            answer = rules.posting_answer(
                posted, session.starts_on, days=days, reason=given.get("late_reason", "")
            )
            if not answer:
                raise ValidationError(f"{answer.reason} {answer.cure}")
        return given


@admin.register(ExamTimetable)
class ExamTimetableAdmin(TableAdmin):
    """When each faculty sent and posted the timetable of a session."""

    form = TimetableForm
    list_display = ["session", "faculty", "due_on", "sent_on", "sent_in_time", "posted_on", "late_reason"]
    list_filter = ["session__year"]
    list_select_related = ["session__year", "faculty"]
    readonly_fields = ["due_on", "sent_in_time"]

    @admin.display(description=_("to be sent by"))
    def due_on(self, one: ExamTimetable) -> date | None:
        return timetable.due_of(one) if one.pk else None

    @admin.display(description=_("sent in time"), boolean=True)
    def sent_in_time(self, one: ExamTimetable) -> bool | None:
        return not timetable.is_late(one, clock.today()) if one.pk else None

    def save_model(self, request: HttpRequest, obj: ExamTimetable, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if timetable.is_late(obj, clock.today()):
            words = _now("The timetable was to be sent by %(day)s; it is flagged late.")
            shown = {"day": f"{timetable.due_of(obj):%d.%m.%Y}"}
            messages.warning(request, words % shown)


class DurationsForm(ModelForm[ExamDurations]):
    """Durations with the three parties that were consulted (REC-123)."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        answer = requests_rules.durations_answer(
            given.get("written_minutes") or 0,
            given.get("oral_minutes") or 0,
            students=given.get("students", ""),
            teachers=given.get("teachers", ""),
            secretariat=given.get("secretariat", ""),
        )
        if not answer and not self.errors:
            raise ValidationError(str(answer.reason))
        return given


@admin.register(ExamDurations)
class ExamDurationsAdmin(TableAdmin):
    """How long exams take, by faculty and year, and who was consulted."""

    form = DurationsForm
    list_display = ["faculty", "year", "written_minutes", "oral_minutes"]
    list_filter = ["year"]
    list_select_related = ["faculty", "year"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExamDurations]:
        rows, user = super().get_queryset(request), signed_in(request)
        if has_role(user, *CURRICULA_OF_ALL) or user.is_superuser:
            return rows
        return rows.filter(faculty__code__in=faculty_codes(user))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        user = signed_in(request)
        if db_field.name == "faculty" and not has_role(user, *CURRICULA_OF_ALL):
            kwargs["queryset"] = Faculty.objects.filter(code__in=faculty_codes(user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(SessionBan)
class SessionBanAdmin(TableAdmin):
    """Sanctions that bar from the free sessions (REC-121)."""

    list_display = ["enrolment", "first_day", "last_day", "decision"]
    list_select_related = ["enrolment__person"]
    autocomplete_fields = ["enrolment"]


@admin.register(FraudReport)
class FraudReportAdmin(ReadOnlyAdmin):
    """What teachers reported at evaluations (REC-156)."""

    list_display = ["row", "reported_by", "reported_at"]
    list_select_related = ["row__enrolment__person", "reported_by"]
    fields = ["row", "facts", "reported_by", "reported_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FraudReport]:
        own = queries.catalogues_for_staff(signed_in(request))
        return super().get_queryset(request).filter(row__catalogue__in=own.values("pk"))


class ExamForm(ModelForm[Catalogue]):
    """An exam of the timetable: two different teachers, a day within the session."""

    class Meta:
        model = Catalogue
        fields = [
            "discipline", "session", "groups", "held_on", "starts_at", "room", "oral", "scale", "holder",
            "second",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(groups__name=roles.TEACHER, is_active=True).order_by("last_name")
        for name in ("holder", "second"):
            if isinstance(field := self.fields.get(name), forms.ModelChoiceField):
                field.queryset = teachers

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        holder, second = given.get("holder"), given.get("second")
        if holder and second and not (answer := rules.teachers_answer(holder.pk, second.pk)):
            self.add_error("second", str(answer.reason))
        session = given.get("session") or (self.instance.session if self.instance.pk else None)
        held_on = given.get("held_on")
        if session and session.code == rules.OPEN and not self.instance.asked_id:
            self.add_error("session", _now("Exams of open sessions are dated from their request."))
        elif held_on and session and not session.starts_on <= held_on <= session.ends_on:
            self.add_error("held_on", _now("Choose a day within the session."))
        elif held_on and not (answer := _approved(self.instance.asked, held_on)):
            self.add_error("held_on", str(answer.reason))
        return given


def _approved(asked: ExamRequest | None, held_on: date) -> Answer:
    """Whether the exam of an open session stays within the dean's approval (REC-098); yes for any other."""
    if asked is None or not (asked.decided_at and asked.first_day and asked.last_day):
        return YES
    return requests_rules.open_day_answer(
        held_on, clock.local_day(asked.decided_at), asked.first_day, asked.last_day
    )


@admin.register(Catalogue)
class CatalogueAdmin(Kept, TableAdmin):
    """Exams and their catalogues; while nothing is entered day, place and teachers can be changed."""

    form = ExamForm
    list_display = [
        "exam",
        "session",
        "groups",
        "held_on",
        "holder",
        "second",
        "state",
        "enter_until",
        "late",
    ]
    list_filter = ["state", "session"]
    list_select_related = ["discipline", "session__year", "holder", "second"]
    search_fields = ["discipline__search"]
    autocomplete_fields = ["discipline"]
    ordering = ["held_on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Catalogue]:
        return queries.catalogues_for_staff(signed_in(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Catalogue | None = None) -> list[str]:
        return ["discipline", "session", "state", "enter_until", "sign_until"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Catalogue | None = None) -> bool:
        if obj is not None and obj.state not in (CatalogueState.PLANNED, CatalogueState.OPEN):
            return False
        return super().has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Catalogue | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        base = super().get_form(request, obj, change, **kwargs)
        user = signed_in(request)

        class OwnForm(base):  # type: ignore[valid-type, misc]
            """Exams of the own faculties only."""

            def clean_discipline(self) -> Any:
                discipline = self.cleaned_data["discipline"]
                faculty = discipline.curriculum.programme.faculty
                everywhere = has_role(user, *CURRICULA_OF_ALL)
                if not everywhere and (faculty is None or faculty.code not in faculty_codes(user)):
                    raise ValidationError(_now("This programme belongs to another faculty."))
                return discipline

        return OwnForm

    def save_model(self, request: HttpRequest, obj: Catalogue, form: Any, change: bool) -> None:
        given = {
            name: form.cleaned_data[name]
            for name in ("groups", "held_on", "starts_at", "room", "oral", "scale", "holder", "second")
        }
        actor, at = signed_in(request), clock.now()
        if change:
            made = services.replan(obj.pk, **given, actor=actor, at=at)
        else:
            data = form.cleaned_data
            made = services.plan(data["discipline"], data["session"], **given, actor=actor, at=at)
        obj.__dict__.update(made.__dict__)
        for words in timetable.warnings_of(timetable.beside(made)):
            messages.warning(request, str(words))
        if (enrolled := timetable.enrolled_in(made)) < LEAST_PRESENT:
            words = _now("Students enrolled for this exam: %(count)s; all of them have to be present.")
            messages.info(request, words % {"count": enrolled})

    @admin.display(description=_("exam"), ordering="discipline__name_ro")
    def exam(self, catalogue: Catalogue) -> str:
        where = reverse("studentrecords:catalogue", args=[catalogue.pk])
        return format_html('<a href="{}">{}</a>', where, catalogue.discipline.name)

    @admin.display(description=_("signed late"), boolean=True)
    def late(self, catalogue: Catalogue) -> bool:
        return catalogue.state in ("open", "filled", "locked") and clock.now() > catalogue.sign_until
