"""What the university tells its students, and what is kept of them beside their results."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import (
    AcademicYear,
    Bilingual,
    Discipline,
    Enrolment,
    Faculty,
    Programme,
)
from studentrecords.workflow.information import GroupChangeState


class PublicKind(models.TextChoices):
    """What a public document is (REC-450, REC-451, REC-455, REC-466)."""

    CODE = "code", _("Code of the student")
    GUIDE = "guide", _("Student Guide")
    REGULATION = "regulation", _("Regulation")
    DECISION = "decision", pgettext_lazy("public document", "Decision")
    REPORT = "report", pgettext_lazy("public document", "Report")
    FEES = "fees", _("How fees are set")
    CODE_REPORT = "code_report", _("Yearly report on the code")
    CODE_ANSWER = "code_answer", _("The university's answer to the report")
    EVALUATION = "evaluation", _("Results of the evaluation of courses by students")
    GRID = "grid", _("Grid of the evaluation of courses, reviewed yearly")
    SATISFACTION = "satisfaction", _("Study of students' satisfaction")


class PublicDocument(Bilingual):
    """A document with issuer, date and period in force; the full text or where it is read.

    faculty: empty for the whole university. first_year, last_year: academic years it applies to.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=PublicKind)
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    language = models.CharField(_("language"), max_length=2, default="ro", help_text=_("Two letters, as ro."))
    edition = models.CharField(_("edition"), max_length=60, blank=True)
    issuer = models.CharField(_("issuer"), max_length=200)
    issued_on = models.DateField(_("date"))
    published_on = models.DateField(_("published"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"))
    in_force_until = models.DateField(_("in force until"), null=True, blank=True)
    first_year = models.ForeignKey(
        AcademicYear,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("from the academic year"),
    )
    last_year = models.ForeignKey(
        AcademicYear,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to the academic year"),
    )
    text = models.TextField(_("full text"), blank=True)
    link = models.URLField(_("address"), max_length=400, blank=True)

    class Meta:
        ordering = ["kind", "-in_force_from", "language", "pk"]
        verbose_name = _("public document")
        verbose_name_plural = _("public documents")
        constraints = [
            models.CheckConstraint(
                name="public_document_in_order",
                condition=Q(in_force_until__isnull=True) | Q(in_force_from__lte=F("in_force_until")),
            ),
            models.CheckConstraint(
                name="public_document_says_something",
                condition=~Q(text="") | ~Q(link=""),
                violation_error_message=_("Enter the full text or the address of the document"),
            ),
        ]

    @property
    def language_name(self) -> str:
        """The language in itself: "română", "English"."""
        return {"ro": "română", "en": "English", "fr": "français", "de": "Deutsch"}.get(
            self.language, self.language
        )


class Subject(models.TextChoices):
    """What an information text is about (REC-459, REC-463)."""

    HOUSING = "housing", _("Housing")
    TRANSPORT = "transport", _("Transport")
    MEDICAL = "medical", _("Medical care")
    CULTURE = "culture", _("Culture and sport")
    CAMPS = "camps", _("Camps")
    SCHOLARSHIPS = "scholarships", _("Scholarships")
    LOANS = "loans", _("Loans")
    DISABILITY = "disability", _("Students with disabilities")
    ROOMS = "rooms", _("Use of rooms")
    COUNSELLING = "counselling", _("Counselling and career")
    ASSOCIATIONS = "associations", _("Student associations")


class InformationText(Bilingual):
    """A short text on a right or a service, in both languages, with the days on which it is shown."""

    subject = models.CharField(_("subject"), max_length=14, choices=Subject)
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    text_ro = models.TextField(_("text in Romanian"))
    text_en = models.TextField(_("text in English"), blank=True)
    link = models.URLField(_("address"), max_length=400, blank=True)
    shown_from = models.DateField(_("shown from"))
    shown_until = models.DateField(_("shown until"), null=True, blank=True)

    class Meta:
        ordering = ["subject", "name_ro", "pk"]
        verbose_name = _("information text")
        verbose_name_plural = _("information texts")

    @property
    def text(self) -> str:
        """The text in the reader's language; Romanian where no English one is known."""
        return self.text_en if (get_language() or "ro").startswith("en") and self.text_en else self.text_ro


class CourseLink(models.Model):
    """Where the material of a class is, and since when (REC-452)."""

    discipline = models.ForeignKey(
        Discipline, models.CASCADE, related_name="materials", verbose_name=_("discipline")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    title = models.CharField(_("title"), max_length=200)
    link = models.URLField(_("address"), max_length=400)
    class_on = models.DateField(_("day of the class"))
    published_on = models.DateField(_("published"))

    class Meta:
        ordering = ["class_on", "pk"]
        verbose_name = _("course material")
        verbose_name_plural = _("course materials")

    def __str__(self) -> str:
        return self.title


class Weekday(models.IntegerChoices):
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")


class ConsultationHours(models.Model):
    """When a teacher receives students in a semester, where, and how one books (REC-453)."""

    faculty = models.ForeignKey(Faculty, models.PROTECT, related_name="+", verbose_name=_("faculty"))
    teacher_name = models.CharField(_("teacher"), max_length=120)
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    semester = models.PositiveSmallIntegerField(_("semester"), choices=[(1, "I"), (2, "II")])
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"))
    online = models.BooleanField(_("online"), default=False)
    place = models.CharField(_("place or address"), max_length=200)
    booking = models.CharField(_("how to book"), max_length=200, blank=True)

    class Meta:
        ordering = ["teacher_name", "weekday", "starts_at"]
        verbose_name = _("consultation hours")
        verbose_name_plural = _("consultation hours")
        constraints = [
            models.CheckConstraint(
                name="consultation_in_order",
                condition=Q(starts_at__lt=F("ends_at")),
                violation_error_message=_("The end must be after the beginning"),
            )
        ]

    def __str__(self) -> str:
        return self.teacher_name

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        ends, starts = self.ends_at, self.starts_at
        return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute


class TutorAssignment(models.Model):
    """The tutor of a year of study, or of one of its groups (REC-454)."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="tutors", verbose_name=_("programme")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    year_of_study = models.PositiveSmallIntegerField(_("year of study"))
    group = models.CharField(_("group"), max_length=20, blank=True, help_text=_("Empty for the whole year."))
    name = models.CharField(_("tutor"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        ordering = ["programme__code", "year_of_study", "group"]
        verbose_name = _("tutor")
        verbose_name_plural = _("tutors")
        constraints = [
            models.UniqueConstraint(fields=["programme", "year", "year_of_study", "group"], name="tutor_once")
        ]

    def __str__(self) -> str:
        return self.name


class ScholarshipSemester(models.Model):
    """A semester in which a scholarship was paid, at this university or another (REC-456)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="scholarship_semesters", verbose_name=_("enrolment")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    semester = models.PositiveSmallIntegerField(_("semester"), choices=[(1, "I"), (2, "II")])
    kind = models.CharField(_("scholarship"), max_length=120)
    university = models.CharField(
        _("university"), max_length=200, blank=True, help_text=_("Empty for this university.")
    )

    class Meta:
        ordering = ["year__name", "semester"]
        verbose_name = _("semester of scholarship")
        verbose_name_plural = _("semesters of scholarship")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "year", "semester", "kind"], name="scholarship_once")
        ]

    def __str__(self) -> str:
        return self.kind


class DecisionBody(Bilingual):
    """A council or the senate, with its seats (REC-457)."""

    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    seats = models.PositiveSmallIntegerField(_("seats"))
    student_seats = models.PositiveSmallIntegerField(_("seats of students"))

    class Meta:
        ordering = ["name_ro"]
        verbose_name = _("decision structure")
        verbose_name_plural = _("decision structures")


class Representative(models.Model):
    """A student in a decision structure; grades and attendance make no difference (REC-457)."""

    body = models.ForeignKey(
        DecisionBody, models.PROTECT, related_name="representatives", verbose_name=_("decision structure")
    )
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="representations", verbose_name=_("student")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))

    class Meta:
        ordering = ["-first_day", "pk"]
        verbose_name = _("student representative")
        verbose_name_plural = _("student representatives")
        constraints = [
            models.CheckConstraint(name="representative_in_order", condition=Q(first_day__lte=F("last_day")))
        ]

    def __str__(self) -> str:
        return str(self.enrolment)


class GroupChange(models.Model):
    """A written request for another group, with its reasons and the decision (REC-458)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="group_changes", verbose_name=_("student")
    )
    current = models.CharField(_("present group"), max_length=20, blank=True, editable=False)
    wanted = models.CharField(_("wanted group"), max_length=20)
    reasons = models.TextField(_("reasons"))
    asked_at = models.DateTimeField(_("asked"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=GroupChangeState, default=GroupChangeState.ASKED, editable=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=400, blank=True, editable=False)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("request for another group")
        verbose_name_plural = _("requests for another group")
        constraints = [
            models.CheckConstraint(name="group_change_state", condition=Q(state__in=GroupChangeState.values)),
            models.CheckConstraint(name="group_change_reasons", condition=~Q(reasons="")),
            models.UniqueConstraint(
                fields=["enrolment"], name="group_change_one_open", condition=Q(state=GroupChangeState.ASKED)
            ),
            models.CheckConstraint(
                name="group_change_decided",
                condition=~Q(state__in=[GroupChangeState.GRANTED, GroupChangeState.REFUSED])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.current or '–'} → {self.wanted}"


class FinishingElsewhere(models.Model):
    """Where a student finishes a programme that is no longer held here (REC-460)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="finishing_elsewhere", verbose_name=_("enrolment")
    )
    university = models.CharField(_("university"), max_length=200)
    programme = models.CharField(_("programme there"), max_length=200)
    decision = models.CharField(_("decision"), max_length=120)
    since = models.DateField(_("from"))
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        ordering = ["-since", "pk"]
        verbose_name = _("studies finished elsewhere")
        verbose_name_plural = _("studies finished elsewhere")

    def __str__(self) -> str:
        return self.university


class RewardKind(models.TextChoices):
    SPECIAL = "special", _("special scholarship")
    PERFORMANCE = "performance", _("performance scholarship")
    PRIVATE = "private", _("private scholarship")
    OTHER = "other", _("another award")


class Reward(models.Model):
    """A scholarship or award given for merit (REC-461)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="rewards", verbose_name=_("enrolment")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=RewardKind)
    name = models.CharField(_("what for"), max_length=200)
    giver = models.CharField(_("given by"), max_length=200)
    given_on = models.DateField(_("date"))
    decision = models.CharField(_("decision"), max_length=120, blank=True)

    class Meta:
        ordering = ["-given_on", "pk"]
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")

    def __str__(self) -> str:
        return self.name
