"""The records core: faculties, programmes, curricula, people, enrolments and what they passed."""

from decimal import Decimal
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from studentrecords.rules import citizenship
from upt_portal.kernel.cnp import mask_cnp
from upt_portal.kernel.crypto import EncryptedText
from upt_portal.kernel.names import search_key, sort_key


class Bilingual(models.Model):
    """Something with a Romanian name and, where known, an English one."""

    name_ro = models.CharField(_("name in Romanian"), max_length=250)
    name_en = models.CharField(_("name in English"), max_length=250, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language; Romanian where no English name is known."""
        return self.name_in(get_language() or "ro")

    def name_in(self, language: str) -> str:
        """The name in `language` ("ro" or "en")."""
        return self.name_en if language.startswith("en") and self.name_en else self.name_ro


class Faculty(Bilingual):
    code = models.CharField(_("code"), max_length=12, unique=True)
    website = models.URLField(_("website"), blank=True)
    office = models.CharField(_("secretariat"), max_length=200, blank=True)
    office_en = models.CharField(_("secretariat, in English"), max_length=200, blank=True, default="")
    office_hours = models.CharField(_("office hours"), max_length=120, blank=True)
    office_hours_en = models.CharField(_("office hours, in English"), max_length=120, blank=True, default="")
    office_phone = models.CharField(_("telephone"), max_length=40, blank=True)
    office_email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("faculty")
        verbose_name_plural = _("faculties")

    def office_in(self, language: str) -> str:
        """The secretariat in `language` ("ro" or "en"); Romanian where nothing is written in English."""
        english = self.office_en if language.startswith("en") else ""
        return english or self.office

    def hours_in(self, language: str) -> str:
        """The office hours in `language`; Romanian where nothing is written in English."""
        return (
            self.office_hours_en if language.startswith("en") and self.office_hours_en else self.office_hours
        )


class Department(Bilingual):
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, related_name="departments", verbose_name=_("faculty")
    )
    code = models.CharField(_("code"), max_length=20, unique=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")


class Field(Bilingual):
    """A field of study (domeniu), e.g. Ingineria sistemelor."""

    class Meta:
        ordering = ["name_ro"]
        verbose_name = _("field of study")
        verbose_name_plural = _("fields of study")
        constraints = [models.UniqueConstraint(fields=["name_ro"], name="field_name")]


class Cycle(models.TextChoices):
    BACHELOR = "licenta", _("Bachelor")
    MASTER = "master", _("Master")
    DOCTORATE = "doctorat", _("Doctorate")
    PREPARATORY = "preg", _("Preparatory year")


class StudyForm(models.TextChoices):
    FULL_TIME = "IF", _("full-time")
    PART_TIME = "IFR", _("part-time")
    DISTANCE = "ID", _("distance learning")


class Programme(Bilingual):
    code = models.CharField(_("code"), max_length=24, unique=True)
    upt_code = models.CharField(_("UPT code"), max_length=12, blank=True)
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="programmes", verbose_name=_("faculty")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="programmes"
    )
    field = models.ForeignKey(Field, models.PROTECT, null=True, blank=True, related_name="programmes")
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle)
    language = models.CharField(_("language of teaching"), max_length=2, default="ro")
    form = models.CharField(_("form"), max_length=4, choices=StudyForm, default=StudyForm.FULL_TIME)
    semesters = models.PositiveSmallIntegerField(_("semesters"))
    credits = models.PositiveSmallIntegerField(_("credits"))
    open_to_third_countries = models.BooleanField(_("open to third-country citizens"), null=True)
    source = models.CharField(max_length=20, blank=True)
    source_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")


class AcademicYear(models.Model):
    """An academic year by its name "2026-2027" and its first day."""

    name = models.CharField(_("name"), max_length=9, unique=True)
    starts_on = models.DateField(_("starts"))
    second_semester_on = models.DateField(_("second semester starts"))
    ends_on = models.DateField(_("ends"))

    class Meta:
        ordering = ["name"]
        verbose_name = _("academic year")
        verbose_name_plural = _("academic years")
        constraints = [
            models.CheckConstraint(
                name="year_in_order",
                condition=Q(starts_on__lt=F("second_semester_on")) & Q(second_semester_on__lt=F("ends_on")),
            )
        ]

    def __str__(self) -> str:
        return self.name.replace("-", "–")


class CalendarEvent(models.Model):
    """A dated part of an academic year: teaching, session, holiday."""

    year = models.ForeignKey(AcademicYear, models.CASCADE, related_name="events")
    event = models.CharField(_("event"), max_length=200)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    source = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name = _("calendar event")
        verbose_name_plural = _("calendar events")

    def __str__(self) -> str:
        return self.event


class Curriculum(models.Model):
    """The curriculum (plan de învățământ) of a programme for a series of students, e.g. 2023-2027."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="curricula", verbose_name=_("programme")
    )
    series = models.CharField(_("series"), max_length=9)
    source_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["programme__code", "series"]
        verbose_name = _("curriculum")
        verbose_name_plural = _("curricula")
        constraints = [models.UniqueConstraint(fields=["programme", "series"], name="curriculum_series")]

    def __str__(self) -> str:
        return f"{self.programme.code} {self.series.replace('-', '–')}"


class Package(models.Model):
    """A package of electives: how many disciplines are chosen from it."""

    curriculum = models.ForeignKey(Curriculum, models.CASCADE, related_name="packages")
    code = models.CharField(_("code"), max_length=20)
    semester = models.PositiveSmallIntegerField(_("semester"))
    choose = models.PositiveSmallIntegerField(_("to choose"))
    credits_each = models.PositiveSmallIntegerField(_("credits each"))
    labels = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["curriculum", "semester", "code"]
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        constraints = [models.UniqueConstraint(fields=["curriculum", "code"], name="package_code")]

    def __str__(self) -> str:
        return self.code


class DisciplineKind(models.TextChoices):
    COMPULSORY = "compulsory", _("compulsory")
    ELECTIVE = "elective", _("elective")
    COMPLEMENTARY = "complementary", _("complementary")
    FACULTATIVE = "facultative", _("facultative")
    FINAL_EXAM = "final_exam", _("final examination")


class Evaluation(models.TextChoices):
    EXAM = "E", _("exam")
    DISTRIBUTED = "D", _("distributed assessment")
    COLLOQUY = "C", _("colloquy")


HOURS: dict[str, Any] = {"max_digits": 5, "decimal_places": 1, "default": Decimal(0)}


class Discipline(Bilingual):
    """A discipline as one row of one curriculum; semesters are counted through, 1 to 8."""

    curriculum = models.ForeignKey(Curriculum, models.CASCADE, related_name="disciplines")
    code = models.CharField(_("code"), max_length=30)
    year = models.PositiveSmallIntegerField(_("year of study"))
    semester = models.PositiveSmallIntegerField(_("semester"))
    category = models.CharField(_("category"), max_length=8, blank=True)
    kind = models.CharField(_("kind"), max_length=14, choices=DisciplineKind)
    credits = models.PositiveSmallIntegerField(_("credits"))
    evaluation = models.CharField(_("assessment"), max_length=2, choices=Evaluation, blank=True)
    package = models.ForeignKey(
        Package, models.PROTECT, null=True, blank=True, related_name="options", verbose_name=_("package")
    )
    hours_course = models.DecimalField(_("course hours a week"), **HOURS)
    hours_seminar = models.DecimalField(_("seminar hours a week"), **HOURS)
    hours_lab = models.DecimalField(_("laboratory hours a week"), **HOURS)
    hours_project = models.DecimalField(_("project hours a week"), **HOURS)
    hours_practice_semester = models.PositiveSmallIntegerField(_("practice hours a semester"), default=0)
    hours_individual_semester = models.PositiveSmallIntegerField(_("individual study a semester"), default=0)
    search = models.CharField(max_length=300, editable=False, db_index=True)
    source = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["curriculum", "semester", "code"]
        verbose_name = _("discipline")
        verbose_name_plural = _("disciplines")
        constraints = [
            models.UniqueConstraint(fields=["curriculum", "code"], name="discipline_code"),
            models.CheckConstraint(
                name="discipline_package_for_electives",
                condition=Q(package__isnull=True) | Q(kind__in=["elective", "complementary", "facultative"]),
            ),
        ]

    def save(self, *args: object, **kwargs: object) -> None:
        self.search = search_key(f"{self.name_ro} {self.name_en} {self.code}")[:300]
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Teaching(models.Model):
    """Who holds a discipline in an academic year (titular)."""

    discipline = models.ForeignKey(Discipline, models.CASCADE, related_name="teachings")
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="teachings"
    )
    teacher_name = models.CharField(_("teacher"), max_length=120)

    class Meta:
        verbose_name = _("teaching assignment")
        verbose_name_plural = _("teaching assignments")
        constraints = [models.UniqueConstraint(fields=["discipline", "year"], name="teaching_one_holder")]

    def __str__(self) -> str:
        return self.teacher_name


class Person(models.Model):
    """A person known to the university; the CNP is encrypted, found by a blind index, shown masked."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person"
    )
    last_name = models.CharField(_("family name"), max_length=80)
    father_initial = models.CharField(_("father's initial"), max_length=4, blank=True)
    first_name = models.CharField(_("given names"), max_length=80)
    sort = models.CharField(max_length=200, editable=False, db_index=True)
    search = models.CharField(max_length=200, editable=False, db_index=True)
    cnp = EncryptedText(_("CNP"), blank=True, default="")
    cnp_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    cnp_last = models.CharField(max_length=4, blank=True, editable=False)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    citizenship = models.CharField(_("citizenship"), max_length=2, default="RO")
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    home_address = models.CharField(_("home address"), max_length=250, blank=True, default="")
    post_address = models.CharField(_("address for letters"), max_length=250, blank=True, default="")
    email = models.EmailField(_("e-mail on file"), blank=True, default="")
    passport = EncryptedText(_("passport"), blank=True, default="")
    passport_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["sort"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            # Beginnings of names, in any order, without an extension of the database.
            GinIndex(SearchVector("search", config="simple"), name="person_names"),
        ]

    def __str__(self) -> str:
        return self.list_name

    def save(self, *args: object, **kwargs: object) -> None:
        self.sort = sort_key(f"{self.last_name} {self.first_name}")[:200]
        self.search = search_key(f"{self.last_name} {self.first_name} {self.last_name}")[:200]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def list_name(self) -> str:
        """Family name first, as in lists and on papers: "Văleanu Andra"."""
        return f"{self.last_name} {self.first_name}"

    @property
    def masked_cnp(self) -> str:
        """First and last digit (REC-024); the whole number is revealed by a recorded act only."""
        return mask_cnp(self.cnp) if self.cnp_last else ""


class Financing(models.TextChoices):
    STATE = "state", _("state-funded")
    FEE = "fee", _("fee-paying")


class EnrolmentStatus(models.TextChoices):
    ADMITTED = "admitted", _("Admitted")
    ENROLLED = "enrolled", _("Enrolled")
    REPEATING = "repeating", _("Repeating")
    EXTENSION = "extension", _("Extension")
    INTERRUPTED = "interrupted", _("Interrupted")
    WITHDRAWAL_REQUESTED = "withdrawal_requested", _("Withdrawal requested")
    EXPELLED = "expelled", _("Expelled")
    TRANSFERRED_OUT = "transferred_out", _("Transferred out")
    COMPLETED = "completed", _("Completed")


class CitizenshipCategory(models.TextChoices):
    """Whose places an enrolment takes (REC-465)."""

    ROMANIAN = citizenship.ROMANIAN, _("citizen of Romania")
    ROMANIAN_ABROAD = citizenship.ROMANIAN_ABROAD, _("Romanian from abroad")
    EUROPEAN = citizenship.EUROPEAN, _("citizen of the EU, EEA or Switzerland")
    THIRD = citizenship.THIRD, _("citizen of a third country")


ACTIVE_STATUSES = (EnrolmentStatus.ENROLLED, EnrolmentStatus.REPEATING, EnrolmentStatus.EXTENSION)


@pghistory.track()
class Enrolment(models.Model):
    """One person in one programme, under one matriculation number; a person may have several."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="enrolments", verbose_name=_("programme")
    )
    curriculum = models.ForeignKey(
        Curriculum, models.PROTECT, related_name="enrolments", verbose_name=_("curriculum")
    )
    matriculation_number = models.CharField(_("matriculation number"), max_length=20, unique=True)
    promotion = models.CharField(_("promotion"), max_length=9, help_text=_("Intake, for example 2024-2028."))
    year_of_study = models.PositiveSmallIntegerField(_("year of study"))
    group = models.CharField(_("group"), max_length=20, blank=True)
    financing = models.CharField(_("financing"), max_length=6, choices=Financing, default=Financing.STATE)
    citizenship_category = models.CharField(
        _("citizenship category"), max_length=8, choices=CitizenshipCategory, default=""
    )
    status = models.CharField(
        _("status"), max_length=22, choices=EnrolmentStatus, default=EnrolmentStatus.ENROLLED, editable=False
    )
    enrolled_on = models.DateField(_("enrolled"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=120, blank=True)

    class Meta:
        ordering = ["person__sort", "pk"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.CheckConstraint(name="enrolment_status", condition=Q(status__in=EnrolmentStatus.values)),
            models.CheckConstraint(
                name="enrolment_citizenship",
                condition=Q(citizenship_category__in=CitizenshipCategory.values),
            ),
            models.UniqueConstraint(
                fields=["person", "programme"],
                name="enrolment_active_once",
                condition=Q(status__in=[*ACTIVE_STATUSES, EnrolmentStatus.INTERRUPTED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matriculation_number} {self.person}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self._state.adding and not self.citizenship_category:
            self.citizenship_category = citizenship.category_of(self.person.citizenship)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class DisciplineChoice(models.Model):
    """An elective, complementary or facultative discipline chosen for an academic year."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="choices")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField(_("chosen"))

    class Meta:
        verbose_name = _("chosen discipline")
        verbose_name_plural = _("chosen disciplines")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "discipline", "year"], name="choice_once_a_year")
        ]

    def __str__(self) -> str:
        return str(self.discipline)


class Recognition(models.Model):
    """A discipline recognised by an equivalence decision: it counts as passed (CON-032).

    credits: earned where it was passed (REC-073); None for those of the curriculum.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="recognitions")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    grade = models.PositiveSmallIntegerField(_("grade"), null=True, blank=True)
    credits = models.PositiveSmallIntegerField(_("credits"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=120)

    class Meta:
        verbose_name = _("recognised discipline")
        verbose_name_plural = _("recognised disciplines")
        constraints = [models.UniqueConstraint(fields=["enrolment", "discipline"], name="recognised_once")]

    def __str__(self) -> str:
        return str(self.discipline)


class DisciplineYear(models.Model):
    """How a student stood at a discipline in an academic year: minimum standards met or not (CON-028)."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="discipline_years")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+")
    standards_met = models.BooleanField(_("minimum standards met"), null=True)
    recognised_activity = models.TextField(_("activity recognised by the teacher"), blank=True)
    marked_at = models.DateTimeField(_("marked"), null=True, blank=True)

    class Meta:
        verbose_name = _("standing at a discipline")
        verbose_name_plural = _("standings at disciplines")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "discipline", "year"], name="standing_once_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.discipline} {self.year}"


class ExamResult(models.Model):
    """What came of an exam in a session: a grade from 1 to 10, admitted or rejected, or absent.

    The one row that says where a student stands; how it came to be is told by the posted results.
    """

    class Session(models.TextChoices):
        A1 = "A-I", "A-I"
        B1 = "B-I", "B-I"
        A2 = "A-II", "A-II"
        B2 = "B-II", "B-II"
        C = "C", "C"
        OPEN = "O", _("open session")

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="results")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="results")
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+")
    session = models.CharField(_("session"), max_length=4, choices=Session)
    on = models.DateField(_("date"))
    grade = models.PositiveSmallIntegerField(_("grade"), null=True, blank=True)
    admitted = models.BooleanField(_("admitted"), null=True, blank=True)
    absent = models.BooleanField(_("absent"), default=False)

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = _("exam result")
        verbose_name_plural = _("exam results")
        constraints = [
            models.CheckConstraint(
                name="result_grade_or_absent",
                condition=Q(absent=True, grade__isnull=True, admitted__isnull=True)
                | Q(absent=False, grade__gte=1, grade__lte=10, admitted__isnull=True)
                | Q(absent=False, grade__isnull=True, admitted__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["enrolment", "discipline", "year", "session"], name="result_once_a_session"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline} {self.grade or '–'}"
