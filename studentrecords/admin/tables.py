"""The records in the administration: reference tables to keep, people and enrolments to read."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from studentrecords.admin.importing import CurriculumImportMixin
from studentrecords.forms.curricula import DisciplineForm, ProgrammeForm
from studentrecords.importing.comparing import CORRECTABLE, used_disciplines
from studentrecords.models import (
    AcademicYear,
    Curriculum,
    Department,
    Discipline,
    Enrolment,
    Faculty,
    Field,
    Person,
    Programme,
    Teaching,
)
from studentrecords.permissions import may_decide_data
from studentrecords.queries.core import EVERY_FACULTY, enrolments_for_staff, people_for_staff, people_named
from studentrecords.queries.curricula import workload_of
from upt_portal.accounts import roles
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.admin_tables import Kept, ReadOnlyAdmin, ReadOnlyInline, TableAdmin, row_history
from upt_portal.kernel.names import search_key
from upt_portal.kernel.page import Crumb

audit.register_act("studentrecords.reveal_cnp", _("The CNP was shown"))
audit.register_read("studentrecords.person", _("your data as a person"))
audit.register_read("studentrecords.enrolment", _("your enrolment"))
audit.register_read("studentrecords.cnp", _("your whole CNP"))
audit.register_read("studentrecords.data", _("a request about your data and its proof"))
audit.register_read("studentrecords.card", _("your student card or railcard"))
audit.register_read("studentrecords.appeal", _("a grade appeal"))
audit.register_read("studentrecords.documents", _("your documents"))
audit.register_read("contracting.case", _("the contracting of the year"))
audit.register_read("contracting.documents", _("documents to sign and signed"))
audit.register_read("contracting.export", _("a list with your contracting, taken as a file"))
audit.register_read("fees.account", _("sums and payments"))
audit.register_read("fees.export", _("a list with sums of yours, taken as a file"))
audit.register_read("fees.exemption", _("a request for an exemption and its papers"))


@admin.register(Faculty)
class FacultyAdmin(TableAdmin):
    list_display = ["code", "name_ro", "office", "office_hours", "office_phone", "office_email"]
    search_fields = ["code", "name_ro", "name_en"]


@admin.register(Department)
class DepartmentAdmin(TableAdmin):
    list_display = ["code", "name_ro", "faculty"]
    list_select_related = ["faculty"]
    search_fields = ["code", "name_ro"]


@admin.register(Field)
class FieldAdmin(TableAdmin):
    list_display = ["name_ro", "name_en"]
    search_fields = ["name_ro", "name_en"]


@admin.register(AcademicYear)
class AcademicYearAdmin(TableAdmin):
    list_display = ["name", "starts_on", "second_semester_on", "ends_on"]
    search_fields = ["name"]
    ordering = ["-name"]


@admin.register(Programme)
class ProgrammeAdmin(TableAdmin):
    form = ProgrammeForm
    list_display = ["code", "name_ro", "faculty", "cycle", "language", "form", "semesters", "credits"]
    list_filter = ["cycle", "faculty", "language"]
    list_select_related = ["faculty"]
    search_fields = ["code", "name_ro", "name_en"]
    autocomplete_fields = ["faculty", "department", "field"]


# ---- curricula ---------------------------------------------------------------------------------------------


class DisciplineInline(ReadOnlyInline):
    """The disciplines of a curriculum, as they stand in it."""

    model = Discipline
    fields = ["semester", "code", "name_ro", "kind", "credits", "evaluation", "package"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("package", "curriculum__programme")


@admin.register(Curriculum)
class CurriculumAdmin(Kept, CurriculumImportMixin, TableAdmin):
    """Curricula are read from files; by hand only the note on their source is kept."""

    list_display = ["programme", "series", "disciplines", "source_note"]
    list_filter = ["programme__cycle", "programme__faculty"]
    list_select_related = ["programme"]
    search_fields = ["programme__code", "programme__name_ro", "series"]
    autocomplete_fields = ["programme"]
    inlines = [DisciplineInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Curriculum]:
        found = super().get_queryset(request).select_related("programme")
        return found.annotate(discipline_count=Count("disciplines"))

    def get_readonly_fields(self, request: HttpRequest, obj: Curriculum | None = None) -> list[str]:
        return ["programme", "series"] if obj else []

    @admin.display(description=_("disciplines"), ordering="discipline_count")
    def disciplines(self, curriculum: Any) -> int:
        return int(curriculum.discipline_count)


@admin.register(Discipline)
class DisciplineAdmin(Kept, TableAdmin):
    """Disciplines by hand; hours that are unusual for the credits are kept and told (REC-071)."""

    form = DisciplineForm
    list_display = ["code", "name_ro", "curriculum", "semester", "kind", "credits", "evaluation"]
    list_filter = ["kind", "semester"]
    list_select_related = ["curriculum__programme"]
    search_fields = ["search"]
    search_help_text = _("Name or code, with or without diacritics")
    autocomplete_fields = ["curriculum"]
    ordering = ["curriculum__programme__code", "semester", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Discipline | None = None) -> list[str]:
        """What a contract or a grade rests on stays as it was; English name and note may be corrected."""
        if obj is None or not used_disciplines([obj.pk]):
            return ["package"]
        return [
            field.name
            for field in Discipline._meta.fields
            if field.editable and field.name not in CORRECTABLE
        ]

    def save_model(self, request: HttpRequest, obj: Discipline, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for words in workload_of(obj, clock.today()):
            messages.warning(request, f"{obj.code}: {words}")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        for word in search_key(search_term).split():
            queryset = queryset.filter(search__contains=word)
        return queryset, False


@admin.register(Teaching)
class TeachingAdmin(TableAdmin):
    """Who holds which discipline in which year; a secretariat keeps those of its own faculties."""

    list_display = ["discipline", "year", "teacher_name"]
    list_filter = ["year"]
    list_select_related = ["discipline", "year"]
    search_fields = ["discipline__search", "teacher_name"]
    autocomplete_fields = ["discipline"]
    exclude = ["teacher"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Teaching]:
        found = super().get_queryset(request)
        user = signed_in(request)
        if has_role(user, *EVERY_FACULTY):
            return found
        return found.filter(discipline__curriculum__programme__faculty__code__in=faculty_codes(user))


# ---- people and enrolments ---------------------------------------------------------------------------------


class EnrolmentInline(ReadOnlyInline):
    model = Enrolment
    fields = ["matriculation_number", "programme", "year_of_study", "group", "financing", "status"]
    classes = ()
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_enrolments(request).select_related("programme", "person")


def visible_enrolments(request: HttpRequest) -> QuerySet[Enrolment]:
    """The enrolments a member of staff may see: those of his faculties, for central offices all (CON-012)."""
    user = signed_in(request)
    if has_role(user, *EVERY_FACULTY):
        return Enrolment.objects.select_related("person__user", "programme__faculty", "curriculum")
    return enrolments_for_staff(user)


class RevealForm(forms.Form):
    """Why the whole number is needed."""

    reason = forms.CharField(
        label=_("Why you need the whole CNP"),
        help_text=_("The reason is kept with your name; the person sees that the CNP was opened."),
        max_length=300,
        error_messages={"required": _("Write why you need the whole CNP")},
    )


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    """People with their enrolments; the CNP is masked and shown by a recorded act only."""

    list_display = ["list_name", "enrolled_at", "masked", "citizenship", "account"]
    search_fields = ["search"]
    search_help_text = _("Beginnings of names in any order, with or without diacritics")
    ordering = ["sort", "pk"]
    fields = [
        "last_name", "father_initial", "first_name", "masked", "birth_date", "citizenship", "phone",
        "account",
    ]  # fmt: skip
    inlines = [EnrolmentInline]
    change_form_template = "studentrecords/admin/person.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        enrolments = visible_enrolments(request).order_by("pk")
        return (
            people_for_staff(signed_in(request))
            .select_related("user")
            .prefetch_related(Prefetch("enrolments", enrolments, to_attr="shown_enrolments"))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=people_named(search_term).values("pk")), False

    @admin.display(description=_("name"), ordering="sort")
    def list_name(self, person: Person) -> str:
        return person.list_name

    @admin.display(description=_("CNP"))
    def masked(self, person: Person) -> str:
        return person.masked_cnp or "–"

    @admin.display(description=_("account"))
    def account(self, person: Person) -> str:
        return person.user.email if person.user else "–"

    @admin.display(description=_("enrolments"))
    def enrolled_at(self, person: Any) -> str:
        return ", ".join(
            f"{enrolment.matriculation_number} {enrolment.programme.code}"
            for enrolment in person.shown_enrolments
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<int:pk>/cnp/", view, name="studentrecords_person_cnp"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        given = dict(extra_context or {})
        if person is not None and self.has_view_permission(request, person):
            note_read(request, person, "studentrecords.person")
            if person.cnp_last and may_reveal(request):
                given["reveal_url"] = reverse("admin:studentrecords_person_cnp", args=[person.pk])
            if may_decide_data(signed_in(request)):
                given["correct_url"] = reverse("admin:studentrecords_datachange_correct", args=[person.pk])
        return super().change_view(request, object_id, form_url, given)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        if person is not None and self.has_view_permission(request, person):
            note_read(request, person, "studentrecords.person")
        return super().history_view(request, object_id, extra_context)

    def reveal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The whole CNP, once a reason is written; shown on this answer only and kept in the trace."""
        person = self.get_object(request, str(pk))
        if person is None:
            raise Http404
        if not may_reveal(request) or not self.has_view_permission(request, person):
            raise PermissionDenied
        form = RevealForm(request.POST or None)
        shown = ""
        if request.method == "POST" and form.is_valid():
            reveal(request, person, form.cleaned_data["reason"])
            shown = person.cnp
        crumbs = [
            Crumb(
                capfirst(str(self.opts.verbose_name_plural)),
                reverse("admin:studentrecords_person_changelist"),
            ),
            Crumb(person.list_name, reverse("admin:studentrecords_person_change", args=[person.pk])),
            Crumb("CNP"),
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Show the CNP"),
            "crumbs": crumbs,
            "person": person,
            "form": form,
            "shown": shown,
        }
        status = 422 if form.errors else 200
        return render(request, "studentrecords/admin/reveal.html", context, status=status)


def may_reveal(request: HttpRequest) -> bool:
    """Whole national numbers are for the secretariats and the School Management Center."""
    return has_role(signed_in(request), *roles.SECRETARIAT, roles.SCHOOL_MANAGEMENT)


def reveal(request: HttpRequest, person: Person, reason: str) -> None:
    """Write down who opened the CNP and why; the number itself stands nowhere."""
    user, at = signed_in(request), clock.now()
    audit.record(person, "studentrecords.reveal_cnp", actor=user, at=at, reason=reason)
    note_read(request, person, "studentrecords.cnp")


def note_read(request: HttpRequest, person: Person, what: str) -> None:
    """The person sees who of the staff opened the record."""
    if person.user is not None:
        audit.record_read(person.user, reader=signed_in(request), what=what, at=clock.now())


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Students by their enrolments: facts and history; status and financing change by services only."""

    list_display = [
        "matriculation_number", "person", "programme", "year_of_study", "group", "financing", "status",
    ]  # fmt: skip
    list_filter = ["status", "financing", "year_of_study", ("programme", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["matriculation_number"]
    search_help_text = _("Name or matriculation number")
    ordering = ["person__sort", "pk"]
    fields = [
        "person", "matriculation_number", "programme", "curriculum", "promotion", "year_of_study", "group",
        "financing", "status", "enrolled_on", "decision", "supplement",
    ]  # fmt: skip
    readonly_fields = ["supplement"]

    @admin.display(description=_("diploma supplement"))
    def supplement(self, enrolment: Enrolment) -> str:
        """The way to the data of the diploma supplement."""
        address = reverse("admin:studentrecords_enrolment_supplement", args=[enrolment.pk])
        return format_html('<a href="{}">{}</a>', address, _("Data of the diploma supplement"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrolment]:
        return visible_enrolments(request).select_related("person", "programme", "curriculum__programme")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        named = Q(person__in=people_named(search_term).values("pk"))
        return queryset.filter(named | Q(matriculation_number__istartswith=search_term.strip())), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        enrolment = self.get_object(request, object_id)
        if enrolment is not None and self.has_view_permission(request, enrolment):
            note_read(request, enrolment.person, "studentrecords.enrolment")
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        enrolment = self.get_object(request, object_id)
        if enrolment is not None and self.has_view_permission(request, enrolment):
            note_read(request, enrolment.person, "studentrecords.enrolment")
        return super().history_view(request, object_id, extra_context)

    def history_items(self, request: HttpRequest, obj: Any) -> Any:
        return row_history(obj.events.all())
