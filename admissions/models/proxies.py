"""The proxy of a candidate and the notarial mandate that names what the proxy may do."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.shared import stored, who
from admissions.workflow.smaller import MandateState


class Scope(models.TextChoices):
    """What a mandate names expressly (ADM-033, ADM-181)."""

    SUBMIT = "submit", pgettext_lazy("mandate", "hand in the dossier")
    COLLECT = "collect", pgettext_lazy("mandate", "collect the letter")
    REFUND_ACCOUNT = "refund_account", pgettext_lazy("mandate", "receive the refund")


@pghistory.track()
class ProxyMandate(models.Model):
    """A notarial mandate on a dossier (ADM-033, ADM-036, ADM-181 to ADM-183).

    terms: for REFUND_ACCOUNT what the mandate states of the account, ticked by DRI and equal to the request.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="mandates")
    name = models.CharField(_("name of the proxy"), max_length=200)
    id_document = models.CharField(_("identity document"), max_length=80)
    notary = models.CharField(_("notary"), max_length=200)
    notary_number = models.CharField(_("number of the deed"), max_length=60)
    notary_on = models.DateField(_("date of the deed"))
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), verbose_name=_("may"))
    terms = models.JSONField(default=dict, blank=True)
    file = stored(label=_("mandate"))
    state = models.CharField(
        _("state"), max_length=10, choices=MandateState, default=MandateState.UPLOADED, editable=False
    )
    uploaded_by = who(_("uploaded by"), optional=False)
    uploaded_at = models.DateTimeField(_("uploaded"))
    decided_by = who(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        ordering = ["dossier", "-uploaded_at"]
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = [
            models.CheckConstraint(name="adm_mandate_scopes", condition=Q(scopes__len__gte=1)),
            models.CheckConstraint(
                name="adm_mandate_decided",
                condition=Q(state="uploaded", decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False)
                & (Q(state="verified") | Q(state="rejected") & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.notary_number}"
