"""The digital student card, and the railcard with its yearly visas."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import AcademicYear, Enrolment, Person
from upt_portal.kernel.models import StoredFile, verification_code

KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)


class StudentCard(models.Model):
    """A digital card under a code that cannot be guessed; a new code takes the older card back (REC-044)."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="cards", verbose_name=_("enrolment")
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    code = models.CharField(
        _("check code"), max_length=16, unique=True, default=verification_code, editable=False
    )
    photo = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photograph")
    )
    issued_at = models.DateTimeField(_("issued"))
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("student card")
        verbose_name_plural = _("student cards")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], name="card_one_in_force", condition=Q(taken_back_at=None)
            ),
            models.CheckConstraint(
                name="card_taken_back_says_why",
                condition=Q(taken_back_at=None, taken_back_by=None)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False) & ~Q(reason=""),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(name="card_fixed", fields=["enrolment", "number", "code", "issued_at"]),
        ]

    def __str__(self) -> str:
        return self.number


class Railcard(models.Model):
    """A railcard of the Student InfoCenter; lost, replaced and given back by acts (REC-045 to REC-047)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="railcards", verbose_name=_("person"))
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="railcards", verbose_name=_("enrolment")
    )
    series = models.CharField(_("series and number"), max_length=40, unique=True)
    issued_on = models.DateField(_("issued on"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    duplicate_of = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicate",
        verbose_name=_("duplicate of"),
    )
    lost_on = models.DateField(_("lost on"), null=True, blank=True)
    loss_notice = models.CharField(
        _("published notice of the loss"),
        max_length=200,
        blank=True,
        help_text=_("Publication, number and date."),
    )
    returned_on = models.DateField(_("given back on"), null=True, blank=True)

    class Meta:
        ordering = ["-issued_on", "-pk"]
        verbose_name = _("railcard")
        verbose_name_plural = _("railcards")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                name="railcard_one_out",
                condition=Q(returned_on=None, lost_on=None),
            ),
            models.CheckConstraint(
                name="railcard_notice_of_a_loss", condition=Q(loss_notice="") | Q(lost_on__isnull=False)
            ),
            models.CheckConstraint(
                name="railcard_lost_or_returned", condition=Q(lost_on=None) | Q(returned_on=None)
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="railcard_fixed",
                fields=["person", "enrolment", "series", "issued_on", "issued_by", "duplicate_of"],
            ),
        ]

    def __str__(self) -> str:
        return self.series

    @property
    def is_out(self) -> bool:
        """Whether it is in the student's hand."""
        return self.lost_on is None and self.returned_on is None


class RailcardVisa(models.Model):
    """The visa of an academic year, given once (REC-045)."""

    railcard = models.ForeignKey(Railcard, models.PROTECT, related_name="visas", verbose_name=_("railcard"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    on = models.DateField(_("date"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )

    class Meta:
        ordering = ["-on", "-pk"]
        verbose_name = _("visa of a railcard")
        verbose_name_plural = _("visas of railcards")
        constraints = [models.UniqueConstraint(fields=["railcard", "year"], name="railcard_visa_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.railcard_id} {self.year_id}"
