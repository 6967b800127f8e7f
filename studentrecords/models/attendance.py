"""Attendance: meetings held, what each student attended, reductions asked and decided, separate tasks."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from studentrecords.models.core import AcademicYear, Discipline, Enrolment
from studentrecords.rules import attendance as rules
from upt_portal.kernel.models import StoredFile


class ActivityKind(models.TextChoices):
    """The kinds of class that are attended."""

    COURSE = rules.Activity.COURSE, pgettext_lazy("activity", "Course")
    SEMINAR = rules.Activity.SEMINAR, pgettext_lazy("activity", "Seminar")
    APPLICATION = rules.Activity.APPLICATION, pgettext_lazy("activity", "Applications")


class AttendanceSheet(models.Model):
    """How many meetings of an activity a group had in a year. minimum: percent, where the sheet says so."""

    discipline = models.ForeignKey(
        Discipline, models.PROTECT, related_name="attendance", verbose_name=_("discipline")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    activity = models.CharField(_("activity"), max_length=12, choices=ActivityKind)
    group = models.CharField(_("group"), max_length=20, blank=True)
    held = models.PositiveSmallIntegerField(_("meetings held"), default=0)
    minimum = models.DecimalField(
        _("least attendance by the discipline sheet"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("attendance sheet")
        verbose_name_plural = _("attendance sheets")
        constraints = [
            models.UniqueConstraint(
                fields=["discipline", "year", "activity", "group"], name="attendance_sheet_once"
            ),
            models.CheckConstraint(
                name="attendance_minimum",
                condition=Q(minimum__isnull=True) | Q(minimum__gte=0, minimum__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline}, {self.get_activity_display()} {self.group}".strip()


class Attendance(models.Model):
    """What one student attended. motivated: absences with a dean's note; recovered: classes made up."""

    sheet = models.ForeignKey(AttendanceSheet, models.PROTECT, related_name="rows")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attendance")
    attended = models.PositiveSmallIntegerField(_("attended"))
    motivated = models.PositiveSmallIntegerField(_("motivated"), default=0)
    recovered = models.PositiveSmallIntegerField(_("recovered"), default=0)
    note = models.CharField(_("dean's note"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "enrolment"], name="attendance_once"),
            models.CheckConstraint(
                name="attendance_motivated_by_note", condition=Q(motivated=0) | ~Q(note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}: {self.attended}"


class AttendanceReduction(models.Model):
    """A request for lower minima and the dean's decision (REC-091 to REC-093, REC-099).

    discipline: empty for all of the semester. event_on: start of the semester, of employment or of the
    competition, or end of the certified period. held_then: meetings held by sheet when it was approved.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("reduction", "Asked")
        GRANTED = "granted", pgettext_lazy("reduction", "Approved")
        REFUSED = "refused", pgettext_lazy("reduction", "Not approved")

    class Ground(models.TextChoices):
        PERFORMANCE = rules.Ground.PERFORMANCE, _("research, artistic or sporting performance")
        EMPLOYMENT = rules.Ground.EMPLOYMENT, _("employment contract")
        MEDICAL = rules.Ground.MEDICAL, _("medical reasons")
        PREGNANCY = rules.Ground.PREGNANCY, _("pregnancy, from the fifth month")

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="reductions", verbose_name=_("student")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("discipline")
    )
    ground = models.CharField(_("ground"), max_length=12, choices=Ground)
    event_on = models.DateField(_("day from which the term runs"))
    words = models.TextField(_("reasons"), blank=True)
    filed_at = models.DateTimeField(_("asked"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED, editable=False)
    percent = models.DecimalField(
        _("reduction, in percent of the minimum"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    decision = models.CharField(_("number of the decision"), max_length=60, blank=True)
    answer = models.CharField(_("words to the student"), max_length=400, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    held_then = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["filed_at", "pk"]
        verbose_name = _("reduction of attendance")
        verbose_name_plural = _("reductions of attendance")
        constraints = [
            models.CheckConstraint(
                name="reduction_decided",
                condition=Q(state="asked", decided_at__isnull=True)
                | Q(state__in=["granted", "refused"], decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reduction_granted_by",
                condition=~Q(state="granted") | (Q(percent__isnull=False) & ~Q(decision="")),
            ),
            models.CheckConstraint(
                name="reduction_in_order",
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("filed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}, {self.get_ground_display()}"


class ReductionProof(models.Model):
    """A paper that proves the ground, attached when the request is filed (REC-092)."""

    reduction = models.ForeignKey(AttendanceReduction, models.PROTECT, related_name="proofs")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("proof of a ground")
        verbose_name_plural = _("proofs of grounds")

    def __str__(self) -> str:
        return str(self.stored)


class SeparateTask(models.Model):
    """What a teacher gave instead of classes (REC-096, REC-097). done: it makes up for what was missed."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="separate_tasks")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+")
    words = models.CharField(_("task"), max_length=400)
    done = models.BooleanField(_("done"), default=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("separate task")
        verbose_name_plural = _("separate tasks")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "discipline", "year"], name="separate_task_once")
        ]

    def __str__(self) -> str:
        return self.words
