"""Around the curriculum: ECTS coordinators, the weekly timetable, what was passed elsewhere."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from studentrecords.models.core import AcademicYear, Cycle, Discipline, Enrolment, Faculty, Field
from studentrecords.models.information import Weekday
from studentrecords.workflow.recognition import EquivalenceState


class CoordinatorLevel(models.TextChoices):
    UNIVERSITY = "university", _("university: the vice-rector")
    FACULTY = "faculty", _("faculty: the vice-dean")
    FIELD = "field", _("field of study: the equivalence commission")


class EctsCoordinator(models.Model):
    """Who answers for the credits of the university, of a faculty or of a field (REC-077).

    A commission has a row for each member.
    """

    level = models.CharField(_("level"), max_length=10, choices=CoordinatorLevel)
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    field = models.ForeignKey(
        Field, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("field of study")
    )
    name = models.CharField(_("name"), max_length=120)
    position = models.CharField(_("position"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        ordering = ["faculty__code", "field__name_ro", "name", "pk"]
        verbose_name = _("ECTS coordinator")
        verbose_name_plural = _("ECTS coordinators")
        constraints = [
            models.CheckConstraint(
                name="coordinator_place",
                condition=Q(level="university", faculty__isnull=True, field__isnull=True)
                | Q(level="faculty", faculty__isnull=False, field__isnull=True)
                | Q(level="field", faculty__isnull=False, field__isnull=False),
                violation_error_message=_(
                    "University: neither faculty nor field. Faculty: the faculty. Field: both of them."
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ClassKind(models.TextChoices):
    COURSE = "course", pgettext_lazy("activity", "Course")
    SEMINAR = "seminar", pgettext_lazy("activity", "Seminar")
    LABORATORY = "laboratory", pgettext_lazy("activity", "Laboratory")
    PROJECT = "project", pgettext_lazy("activity", "Project")
    PRACTICE = "practice", pgettext_lazy("activity", "Practical training")


class Weeks(models.TextChoices):
    EVERY = "every", _("every week")
    ODD = "odd", _("odd weeks")
    EVEN = "even", _("even weeks")


class TimetableClass(models.Model):
    """A class of the weekly timetable of a year of study, or of one of its groups (REC-101)."""

    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    discipline = models.ForeignKey(
        Discipline, models.CASCADE, related_name="classes", verbose_name=_("discipline")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ClassKind)
    group = models.CharField(_("group"), max_length=20, blank=True, help_text=_("Empty for the whole year."))
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"))
    weeks = models.CharField(_("weeks"), max_length=6, choices=Weeks, default=Weeks.EVERY)
    place = models.CharField(_("room or address"), max_length=120, blank=True)

    class Meta:
        ordering = ["weekday", "starts_at", "group", "pk"]
        verbose_name = _("class in the timetable")
        verbose_name_plural = _("timetable")
        constraints = [
            models.CheckConstraint(
                name="class_in_order",
                condition=Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must be after the beginning"),
            ),
            models.UniqueConstraint(
                fields=["year", "discipline", "kind", "group", "weekday", "starts_at", "weeks"],
                name="class_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline}, {self.get_kind_display()}"

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        ends, starts = self.ends_at, self.starts_at
        return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


class Equivalence(models.Model):
    """A request to have disciplines passed in another programme recognised, and the decision (REC-076).

    cycle: of the studies in which the credits were earned. The four ticks are the commission's (REC-075).
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="equivalences", verbose_name=_("enrolment")
    )
    institution = models.CharField(
        _("institution"), max_length=200, blank=True, help_text=_("Empty for this university.")
    )
    programme = models.CharField(_("programme there"), max_length=200)
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle)
    methodology = models.CharField(_("methodology of the faculty"), max_length=200)
    asked_on = models.DateField(_("asked"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    state = models.CharField(
        _("state"), max_length=10, choices=EquivalenceState, default=EquivalenceState.ASKED, editable=False
    )
    accredited = models.BooleanField(_("accredited institution"), default=False, editable=False)
    same_level = models.BooleanField(_("same qualification level"), default=False, editable=False)
    same_field = models.BooleanField(_("same fundamental field"), default=False, editable=False)
    similar_outcomes = models.BooleanField(_("similar learning outcomes"), default=False, editable=False)
    decision = models.CharField(_("decision"), max_length=120, blank=True, editable=False)
    reasons = models.CharField(_("reasons"), max_length=400, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-asked_on", "-pk"]
        verbose_name = _("request for equivalence")
        verbose_name_plural = _("requests for equivalence")
        constraints = [
            models.CheckConstraint(name="equivalence_state", condition=Q(state__in=EquivalenceState.values)),
            models.CheckConstraint(
                name="equivalence_four_ticks",
                condition=~Q(state=EquivalenceState.RECOGNISED)
                | Q(accredited=True, same_level=True, same_field=True, similar_outcomes=True),
            ),
            models.CheckConstraint(
                name="equivalence_decided",
                condition=Q(state=EquivalenceState.ASKED, decided_at__isnull=True)
                | ~Q(state=EquivalenceState.ASKED)
                & Q(decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decision=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.programme}"


class EquivalenceRow(models.Model):
    """A discipline passed elsewhere, and the one of the student's curriculum it is asked for.

    credits: earned there, whatever the curriculum gives now (REC-073). grade: None for admitted.
    """

    equivalence = models.ForeignKey(Equivalence, models.CASCADE, related_name="rows")
    discipline = models.ForeignKey(
        Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline of the curriculum")
    )
    passed = models.CharField(_("discipline passed there"), max_length=200)
    credits = models.PositiveSmallIntegerField(_("credits earned there"))
    grade = models.PositiveSmallIntegerField(
        _("grade"), null=True, blank=True, help_text=_("Empty for admitted.")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("discipline to recognise")
        verbose_name_plural = _("disciplines to recognise")
        constraints = [
            models.UniqueConstraint(fields=["equivalence", "discipline"], name="equivalence_row_once"),
            models.CheckConstraint(
                name="equivalence_row_passed",
                condition=Q(grade__isnull=True) | Q(grade__gte=5, grade__lte=10),
                violation_error_message=_("A passed discipline has a grade from 5 to 10, or none."),
            ),
        ]

    def __str__(self) -> str:
        return self.passed
