"""Which deadlines of the kernel are terms of payment of which account."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Enrolment
from upt_portal.kernel.models import Deadline


class PaymentTerm(models.Model):
    """A moment at which an account owes something, with the deadline that runs until then."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="payment_terms", verbose_name=_("enrolment")
    )
    due_at = models.DateTimeField(_("due"))
    deadline = models.OneToOneField(
        Deadline, models.PROTECT, related_name="payment_term", verbose_name=_("deadline")
    )

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("term of payment")
        verbose_name_plural = _("terms of payment")
        constraints = [models.UniqueConstraint(fields=["enrolment", "due_at"], name="payment_term_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.due_at:%Y-%m-%d %H:%M}"
