"""Announcements in the administration: a secretariat keeps those of its own faculties."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _now

from studentrecords.models import Announcement, Department, Faculty, Issuer, Programme
from studentrecords.queries import announcements as queries
from studentrecords.queries.core import EVERY_FACULTY
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel.admin_tables import TableAdmin


class AnnouncementForm(ModelForm[Announcement]):
    """Audience inside one faculty; the university's own announcements may have none."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        faculty, issuer = given.get("faculty"), given.get("issuer")
        if issuer and issuer != Issuer.UNIVERSITY and faculty is None:
            self.add_error("faculty", _now("Choose the faculty whose students see it."))
        for name in ("department", "programme"):
            chosen = given.get(name)
            if chosen and faculty and chosen.faculty_id != faculty.pk:
                self.add_error(name, _now("It belongs to another faculty."))
        if given.get("first_day") and given.get("last_day") and given["first_day"] > given["last_day"]:
            self.add_error("last_day", _now("The last day lies before the first."))
        if bool(given.get("title_en")) != bool(given.get("text_en")):
            raise ValidationError(_now("In English write both title and text, or neither."))
        return given


@admin.register(Announcement)
class AnnouncementAdmin(TableAdmin):
    """What students find on their page; kept until its last day, then ended, never erased."""

    form = AnnouncementForm
    list_display = ["title_ro", "issuer", "faculty", "programme", "year_of_study", "first_day", "last_day"]
    list_filter = ["issuer", "faculty"]
    list_select_related = ["faculty", "programme"]
    search_fields = ["title_ro", "title_en"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        own = queries.kept_by(signed_in(request))
        return super().get_queryset(request).filter(pk__in=own.values("pk"))

    def formfield_for_foreignkey(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        user = signed_in(request)
        if not has_role(user, *EVERY_FACULTY):
            codes = faculty_codes(user)
            own: dict[str, QuerySet[Any]] = {
                "faculty": Faculty.objects.filter(code__in=codes),
                "department": Department.objects.filter(faculty__code__in=codes),
                "programme": Programme.objects.filter(faculty__code__in=codes),
            }
            if db_field.name in own:
                kwargs["queryset"] = own[db_field.name]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[arg-type]

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        """A faculty announces for its own students only: there the faculty is never empty."""
        form = super().get_form(request, obj, change, **kwargs)
        if "faculty" in form.base_fields and not has_role(signed_in(request), *EVERY_FACULTY):
            form.base_fields["faculty"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.author = signed_in(request)
        super().save_model(request, obj, form, change)
