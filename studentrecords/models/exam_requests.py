"""Requests about exams (open sessions, another form of the exam) and the durations a faculty has set."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from studentrecords.models.core import AcademicYear, Discipline, Enrolment, Faculty
from studentrecords.rules import exam_requests as rules
from upt_portal.kernel.models import StoredFile


class ExamRequest(models.Model):
    """A request for an open session (REC-098) or for an alternative examination (REC-122), and its answer.

    disciplines: of an open session those to be sat; of an alternative examination none stands for all.
    first_day, last_day: when the exams of an open session may be held, or from when until when the method
    holds; last_day empty for good. method: what was agreed with the teachers, seen by them.
    """

    class Kind(models.TextChoices):
        OPEN = rules.OPEN, _("Open session")
        ALTERNATIVE = rules.ALTERNATIVE, _("Alternative examination")

    class Ground(models.TextChoices):
        ATHLETE = rules.Ground.ATHLETE, _("performance sport")
        SCIENTIFIC = rules.Ground.SCIENTIFIC, _("relevant scientific competition")
        HOSPITAL = rules.Ground.HOSPITAL, _("long hospitalisation")
        TEMPORARY = rules.Ground.TEMPORARY, _("temporary disability")
        PERMANENT = rules.Ground.PERMANENT, _("permanent disability")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("exam request", "Waiting for the dean")
        GRANTED = "granted", pgettext_lazy("exam request", "Approved")
        REFUSED = "refused", pgettext_lazy("exam request", "Not approved")

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="exam_requests", verbose_name=_("student")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    disciplines = models.ManyToManyField(
        Discipline, related_name="+", blank=True, verbose_name=_("disciplines")
    )
    words = models.TextField(_("reasons"), blank=True)
    filed_at = models.DateTimeField(_("asked"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    method = models.CharField(_("agreed method"), max_length=400, blank=True)
    first_day = models.DateField(_("from"), null=True, blank=True)
    last_day = models.DateField(_("until"), null=True, blank=True)
    decision = models.CharField(_("number of the decision"), max_length=60, blank=True)
    answer = models.CharField(_("words to the student"), max_length=400, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["filed_at", "pk"]
        verbose_name = _("request about exams")
        verbose_name_plural = _("requests about exams")
        constraints = [
            models.CheckConstraint(
                name="exam_request_ground",
                condition=Q(kind=rules.OPEN, ground__in=[one.value for one in rules.OF_OPEN])
                | Q(kind=rules.ALTERNATIVE, ground__in=[one.value for one in rules.OF_ALTERNATIVE]),
            ),
            models.CheckConstraint(
                name="exam_request_decided",
                condition=Q(state="asked", decided_at__isnull=True)
                | Q(state__in=["granted", "refused"], decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="exam_request_granted",
                condition=~Q(state="granted")
                | Q(kind=rules.OPEN, first_day__isnull=False, last_day__isnull=False) & ~Q(decision="")
                | Q(kind=rules.ALTERNATIVE, first_day__isnull=False) & ~Q(method="") & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="exam_request_in_order",
                condition=Q(first_day__isnull=True)
                | Q(last_day__isnull=True)
                | Q(first_day__lte=F("last_day")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}, {self.get_kind_display()}"


class ExamRequestProof(models.Model):
    """A paper of the club, federation, organiser or physician, attached when the request is filed."""

    request = models.ForeignKey(ExamRequest, models.PROTECT, related_name="proofs")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("paper of a request about exams")
        verbose_name_plural = _("papers of requests about exams")

    def __str__(self) -> str:
        return str(self.stored)


class ExamDurations(models.Model):
    """How long written and oral exams of a faculty take in a year, and who was consulted (REC-123)."""

    faculty = models.ForeignKey(
        Faculty, models.PROTECT, related_name="exam_durations", verbose_name=_("faculty")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    written_minutes = models.PositiveSmallIntegerField(_("written exam, minutes"))
    oral_minutes = models.PositiveSmallIntegerField(_("oral exam, minutes"))
    students = models.CharField(
        _("students consulted"), max_length=200, help_text=_("Who and when, for example the minutes' number.")
    )
    teachers = models.CharField(_("teachers consulted"), max_length=200)
    secretariat = models.CharField(_("secretariat consulted"), max_length=200)

    class Meta:
        ordering = ["-year__name", "faculty__code"]
        verbose_name = _("duration of exams")
        verbose_name_plural = _("durations of exams")
        constraints = [
            models.UniqueConstraint(fields=["faculty", "year"], name="exam_durations_once"),
            models.CheckConstraint(
                name="exam_durations_positive", condition=Q(written_minutes__gt=0, oral_minutes__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.faculty.code} {self.year}"
