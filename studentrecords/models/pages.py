"""What the personal page keeps: announcements with their audience, who has read them, changes of a record."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import Cycle, Department, Faculty, Financing, Programme


class Issuer(models.TextChoices):
    """Who announces (REC-031)."""

    UNIVERSITY = "university", _("The university")
    FACULTY = "faculty", _("The faculty")
    DEPARTMENT = "department", _("The department")
    SECRETARIAT = "secretariat", _("The secretariat")


class Announcement(models.Model):
    """A text for students, seen from its first to its last day, both whole (REC-031).

    Every filled field of the audience narrows it; an empty one leaves everybody in. The faculty is empty only
    for the university's own announcements.
    """

    issuer = models.CharField(_("issuer"), max_length=12, choices=Issuer, default=Issuer.SECRETARIAT)
    faculty = models.ForeignKey(
        Faculty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("faculty")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, blank=True)
    year_of_study = models.PositiveSmallIntegerField(_("year of study"), null=True, blank=True)
    group = models.CharField(_("group"), max_length=20, blank=True)
    financing = models.CharField(_("financing"), max_length=6, choices=Financing, blank=True)
    title_ro = models.CharField(_("title in Romanian"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    text_ro = models.TextField(_("text in Romanian"), max_length=4000)
    text_en = models.TextField(_("text in English"), max_length=4000, blank=True)
    first_day = models.DateField(_("seen from"))
    last_day = models.DateField(_("seen until"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-first_day", "-pk"]
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(name="announcement_in_order", condition=Q(first_day__lte=F("last_day"))),
            models.CheckConstraint(
                name="announcement_faculty", condition=Q(issuer="university") | Q(faculty__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["last_day", "first_day"], name="announcement_days")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_en if self.language == "en" else self.title_ro

    @property
    def text(self) -> str:
        return self.text_en if self.language == "en" else self.text_ro

    @property
    def language(self) -> str:
        """In which language it is shown: the reader's where both parts were written, else Romanian."""
        wants = (get_language() or "ro").startswith("en")
        return "en" if wants and self.title_en and self.text_en else "ro"


class AnnouncementRead(models.Model):
    """A reader has opened an announcement."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "announcement"], name="announcement_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.announcement_id}"


class PageVisit(models.Model):
    """When somebody opened the personal page last, and the time before that (REC-464)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.user_id)


class RecordChange(models.Model):
    """Something a student can see in the grades has changed; written by triggers of the database only.

    Rows are only appended, so that two publications for the same students never wait for each other. The
    enrolment is no foreign key: it may be deleted together with what the trigger has just seen.
    """

    enrolment_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.pk}"
