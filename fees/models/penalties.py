"""Days of a delay that was the office's: they bear no penalty."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge
from fees.models.triggers import APPEND_ONLY


class OfficeDelay(models.Model):
    """On these days a charge was late through the office's fault (CON-082, T9); a row for each finding.

    A mistaken row is taken back by another one that names it.
    """

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="office_delays", verbose_name=_("charge"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("why"), max_length=300)
    at = models.DateTimeField(_("when"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    takes_back = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_back_by",
        verbose_name=_("takes back"),
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("delay of the office")
        verbose_name_plural = _("delays of the office")
        constraints = [
            models.CheckConstraint(name="delay_in_order", condition=Q(first_day__lte=F("last_day"))),
            models.CheckConstraint(name="delay_has_reason", condition=~Q(reason="")),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.charge_id}: {self.first_day} – {self.last_day}"
