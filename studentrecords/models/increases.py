"""Requests for grade increases, sanctions that exclude them, re-examination forms."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import AcademicYear, Discipline, Enrolment, ExamResult
from studentrecords.models.exams import CatalogueRow
from studentrecords.workflow.increases import IncreaseState


class GradeIncrease(models.Model):
    """An exam for a higher grade, asked for by the student (REC-170 to REC-180).

    first, second: the grade of record when it was asked, and what the exam gave. row: in the catalogue.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="increases", verbose_name=_("enrolment")
    )
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    session = models.CharField(_("session"), max_length=4, choices=ExamResult.Session)
    state = models.CharField(
        _("state"), max_length=10, choices=IncreaseState, default=IncreaseState.REQUESTED, editable=False
    )
    first = models.CharField(_("grade of record"), max_length=12)
    second = models.CharField(_("result"), max_length=12, blank=True)
    row = models.OneToOneField(
        CatalogueRow,
        models.PROTECT,
        null=True,
        related_name="increase",
        verbose_name=_("row of the catalogue"),
    )
    remark = models.CharField(_("the teacher's remark"), max_length=400, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    listed_at = models.DateTimeField(_("listed"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["-asked_at", "pk"]
        verbose_name = _("grade increase")
        verbose_name_plural = _("grade increases")
        constraints = [
            models.CheckConstraint(name="increase_state", condition=Q(state__in=IncreaseState.values)),
            models.UniqueConstraint(
                fields=["enrolment", "discipline"],
                name="increase_once",
                condition=~Q(state=IncreaseState.CANCELLED),
            ),
            models.CheckConstraint(
                name="increase_listed_has_row",
                condition=Q(state__in=[IncreaseState.REQUESTED, IncreaseState.CANCELLED])
                | Q(row__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline} {self.session}"


class IncreaseBan(models.Model):
    """A sanction that excludes grade increases for a time (REC-179)."""

    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, related_name="increase_bans", verbose_name=_("enrolment")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    decision = models.CharField(_("decision"), max_length=120)

    class Meta:
        ordering = ["-first_day", "pk"]
        verbose_name = _("ban from grade increases")
        verbose_name_plural = _("bans from grade increases")
        constraints = [
            models.CheckConstraint(name="increase_ban_in_order", condition=Q(first_day__lte=F("last_day")))
        ]

    def __str__(self) -> str:
        return self.decision


class ReexaminationForm(models.Model):
    """The form by which a student asks to sit a discipline of an earlier year (REC-113)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="reexamination_forms", verbose_name=_("enrolment")
    )
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    session = models.CharField(_("session"), max_length=4, choices=ExamResult.Session)
    filed_at = models.DateTimeField(_("filed"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        ordering = ["-filed_at", "pk"]
        verbose_name = _("re-examination form")
        verbose_name_plural = _("re-examination forms")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "discipline", "year", "session"],
                name="reexamination_form_once",
                condition=Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.discipline} {self.session}"
