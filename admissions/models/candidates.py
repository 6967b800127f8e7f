"""The candidate: one account, one passport, names as the passport writes them."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from admissions.models.shared import who


class Sex(models.TextChoices):
    """As the passport writes it."""

    FEMALE = "F", _("female")
    MALE = "M", _("male")
    UNSPECIFIED = "X", _("not specified")


@pghistory.track()
class Candidate(models.Model):
    """Somebody who applies (ADM-030, ADM-035). Names are typed as in the passport and stay so everywhere."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="candidate", verbose_name=_("account")
    )
    family_name = models.CharField(_("family name, as in the passport"), max_length=120)
    given_names = models.CharField(_("given names, as in the passport"), max_length=120)
    birth_date = models.DateField(_("date of birth"))
    birth_place = models.CharField(_("place of birth"), max_length=120)
    birth_country = models.CharField(_("country of birth"), max_length=2)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    citizenships = ArrayField(models.CharField(max_length=2), verbose_name=_("citizenships"))
    passport_country = models.CharField(_("country that issued the passport"), max_length=2)
    passport_number = models.CharField(_("passport number"), max_length=30)
    passport_expires = models.DateField(_("passport valid until"))
    residence_country = models.CharField(_("country of residence"), max_length=2)
    address = models.CharField(_("address"), max_length=300)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    opened_by = who(_("opened by"))
    created_at = models.DateTimeField(_("opened"))

    class Meta:
        ordering = ["family_name", "given_names", "pk"]
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [
            models.UniqueConstraint(
                "passport_country", Upper("passport_number"), name="adm_candidate_passport"
            ),
            models.CheckConstraint(name="adm_candidate_citizenship", condition=Q(citizenships__len__gte=1)),
            models.CheckConstraint(
                name="adm_candidate_named",
                condition=~Q(family_name="") & ~Q(passport_number="") & ~Q(passport_country=""),
            ),
        ]

    def __str__(self) -> str:
        return self.passport_name

    @property
    def passport_name(self) -> str:
        """Family name and given names with the passport's spelling, for papers (ADM-207)."""
        return f"{self.family_name} {self.given_names}".strip()
