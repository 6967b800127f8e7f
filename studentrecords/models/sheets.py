"""Discipline sheets: one for each academic year, in numbered versions that are never edited."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import AcademicYear, Discipline
from upt_portal.kernel.models import StoredFile


class SheetVersion(models.Model):
    """A published discipline sheet (REC-078). The first version of a year has number 1.

    assessment_changed: compared with the version before. in_favour, enrolled, voted_on, minutes: of the vote,
    where one was needed (REC-079).
    """

    discipline = models.ForeignKey(
        Discipline, models.PROTECT, related_name="sheets", verbose_name=_("discipline")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    number = models.PositiveSmallIntegerField(_("version"))
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    standards = models.TextField(_("minimum standards"))
    assessment = models.TextField(_("assessment"))
    scale = models.TextField(_("grading scale"))
    changes = models.CharField(_("what changed"), max_length=400, blank=True)
    assessment_changed = models.BooleanField(_("the assessment changed"), default=False)
    in_favour = models.PositiveIntegerField(_("votes in favour"), null=True, blank=True)
    enrolled = models.PositiveIntegerField(_("students enrolled"), null=True, blank=True)
    voted_on = models.DateField(_("day of the vote"), null=True, blank=True)
    minutes = models.CharField(_("minutes of the vote"), max_length=120, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["discipline", "year", "-number"]
        verbose_name = _("discipline sheet")
        verbose_name_plural = _("discipline sheets")
        constraints = [
            models.UniqueConstraint(fields=["discipline", "year", "number"], name="sheet_version_once"),
            models.CheckConstraint(name="sheet_numbered", condition=Q(number__gte=1)),
            models.CheckConstraint(name="sheet_change_said", condition=Q(number=1) | ~Q(changes="")),
            models.CheckConstraint(
                name="sheet_vote_whole",
                condition=Q(in_favour__isnull=True, enrolled__isnull=True, voted_on__isnull=True, minutes="")
                | Q(in_favour__isnull=False, enrolled__isnull=False, voted_on__isnull=False) & ~Q(minutes=""),
            ),
            models.CheckConstraint(
                name="sheet_majority",
                condition=Q(in_favour__isnull=True)
                | Q(in_favour__lte=F("enrolled"), enrolled__lt=F("in_favour") * 2),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discipline}, {self.year}, v{self.number}"
