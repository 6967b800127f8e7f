"""Resolutions on a dossier: of DRI, the deanery and the ministry. Never edited (ADM-104)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.shared import APPENDED, who


class Deciding(models.TextChoices):
    """Whose resolution it is."""

    DRI = "dri", pgettext_lazy("resolution", "International office")
    DEANERY = "deanery", pgettext_lazy("resolution", "Dean's office")
    MINISTRY = "ministry", pgettext_lazy("resolution", "Ministry")


class ReasonCode(models.TextChoices):
    """Why somebody is not eligible (ADM-044) or not accepted (ADM-102)."""

    CITIZENSHIP = "citizenship", pgettext_lazy("reason", "Citizenship")
    PASSPORT = "passport", pgettext_lazy("reason", "Passport")
    DIPLOMA = "diploma", pgettext_lazy("reason", "Diploma")
    LANGUAGE = "language", pgettext_lazy("reason", "Language")
    INCOMPLETE = "incomplete", pgettext_lazy("reason", "Incomplete dossier")
    CRITERIA = "criteria", pgettext_lazy("reason", "Admission criteria of the programme")
    PLACES = "places", pgettext_lazy("reason", "Number of places")
    STRATEGY = "strategy", pgettext_lazy("reason", "Pre-selection")
    OTHER = "other", pgettext_lazy("reason", "Another reason")


#: The codes of an ineligibility (ADM-044).
INELIGIBILITY_CODES = (
    ReasonCode.CITIZENSHIP,
    ReasonCode.PASSPORT,
    ReasonCode.DIPLOMA,
    ReasonCode.LANGUAGE,
    ReasonCode.INCOMPLETE,
    ReasonCode.OTHER,
)


class Resolution(models.Model):
    """A decision with its hand and its reason; `act` is the name of the move it made."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="resolutions")
    kind = models.CharField(_("decided by"), max_length=8, choices=Deciding)
    act = models.CharField(_("decision"), max_length=24)
    reason_code = models.CharField(_("reason"), max_length=12, choices=ReasonCode, blank=True)
    reason = models.TextField(_("reason in words"), blank=True)
    actor = who(_("recorded by"), optional=False)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["dossier", "at", "pk"]
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        constraints = [
            models.CheckConstraint(
                name="adm_resolution_reason",
                condition=Q(act__in=["preaccept", "send_letter", "reuse_letter"]) | ~Q(reason=""),
            ),
        ]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.act}"
