"""Files of a university that moves in, on their way into the records, and results of earlier years."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import AcademicYear, Discipline, Enrolment
from studentrecords.models.exams import APPENDED, AttemptKind, Result, SessionCode
from studentrecords.workflow.moving import MovingState


class MovingKind(models.TextChoices):
    """What the rows of a file are, in the order in which they come in."""

    STUDENTS = "students", _("Students")
    ENROLMENTS = "enrolments", _("Enrolments")
    RESULTS = "results", _("Results")


class MovingFile(models.Model):
    """A file somebody sent. rows, same, faulty: of the look; done: rows passed in writing; written: new ones.

    faculties: codes the sender may write for, with blanks between them; empty for every faculty.
    The bytes are thrown away once the file is written or put away: they hold national numbers.
    """

    kind = models.CharField(_("rows"), max_length=12, choices=MovingKind)
    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(upload_to="moving", editable=False, blank=True)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    faculties = models.CharField(max_length=200, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent"))
    state = models.CharField(
        _("state"), max_length=10, choices=MovingState, default=MovingState.LOOKING, editable=False
    )
    state_at = models.DateTimeField(_("since"), editable=False)
    looked = models.PositiveIntegerField(default=0, editable=False)
    rows = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    same = models.PositiveIntegerField(_("known already"), default=0, editable=False)
    faulty = models.PositiveIntegerField(_("with a fault"), default=0, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    written = models.PositiveIntegerField(_("written"), default=0, editable=False)
    runs = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name = _("file moving in")
        verbose_name_plural = _("moving in")
        constraints = [
            models.CheckConstraint(name="moving_state", condition=Q(state__in=MovingState.values)),
            models.CheckConstraint(name="moving_kind", condition=Q(kind__in=MovingKind.values)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def fresh(self) -> int:
        """Rows that the look found new and without a fault."""
        return max(self.rows - self.same - self.faulty, 0)

    @property
    def scope(self) -> frozenset[str] | None:
        """Faculties it may be written for; None for all."""
        return frozenset(self.faculties.split()) if self.faculties else None


class MovingFault(models.Model):
    """What is wrong in a row, as it is told; the value of a national number is never kept here."""

    moving = models.ForeignKey(MovingFile, models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField(_("row"), null=True)
    column = models.CharField(_("column"), max_length=80, blank=True)
    value = models.CharField(_("value"), max_length=80, blank=True)
    words = models.CharField(_("fault"), max_length=400)
    writing = models.BooleanField(default=False)

    class Meta:
        ordering = ["row", "pk"]
        verbose_name = _("fault of a row")
        verbose_name_plural = _("faults of rows")

    def __str__(self) -> str:
        return self.words


class EarlierAttempt(models.Model):
    """A result of the time before the portal, as the former system told it; kept apart from catalogues.

    Its key is the enrolment, the discipline, the year, the kind and the day: read twice, it stands once.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="earlier_attempts", verbose_name=_("enrolment")
    )
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    session = models.CharField(_("session"), max_length=4, choices=SessionCode)
    kind = models.CharField(_("kind of attempt"), max_length=14, choices=AttemptKind)
    paid = models.BooleanField(_("paid"), default=False)
    held_on = models.DateField(_("day of the exam"))
    result = models.CharField(_("result"), max_length=12, choices=Result)
    source = models.ForeignKey(MovingFile, models.PROTECT, related_name="+", verbose_name=_("file"))

    class Meta:
        ordering = ["held_on", "pk"]
        verbose_name = _("result of an earlier time")
        verbose_name_plural = _("results of an earlier time")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "discipline", "year", "kind", "held_on"], name="earlier_attempt_once"
            ),
            models.CheckConstraint(name="earlier_attempt_result", condition=Q(result__in=Result.values)),
        ]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.discipline} {self.get_result_display()}"
