"""Addresses that people declare to get into their account: the secretariat checks who they are (REC-016)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import Person


class AddressRequest(models.Model):
    """An address declared with CNP or passport and birth date; a link goes there only once it is approved."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for the secretariat")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="address_requests", verbose_name=_("person")
    )
    address = models.EmailField(_("declared address"))
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.WAITING, editable=False, db_index=True
    )
    submitted_at = models.DateTimeField(_("submitted"))
    due_on = models.DateField(_("due"))
    proof = models.CharField(_("document seen"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("declared address")
        verbose_name_plural = _("declared addresses")
        constraints = [
            models.CheckConstraint(
                name="address_request_state", condition=Q(state__in=["waiting", "approved", "refused"])
            ),
            models.CheckConstraint(
                name="address_request_decided",
                condition=Q(state="waiting", decided_at=None)
                | Q(state__in=["approved", "refused"], decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["person", "address"], name="address_waits_once", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.address}"
