"""What people ask to have corrected or report as changed, and every value that took another's place."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studentrecords.models.core import Enrolment, Person
from studentrecords.rules.personal import FIELD_WORDS, PersonalField, Times
from studentrecords.workflow.personal import DataState
from upt_portal.kernel.crypto import EncryptedText
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.words import Sentence

_FIELD = models.Q(field__in=[one.value for one in PersonalField])


class DataRequest(models.Model):
    """A correction asked for (REC-032) or a change reported (REC-040), registered with its number (REC-043).

    Values are sealed: they may be national numbers. `changed_on` is the day of a reported change, empty for a
    correction; `late` says that the report came after its term, which changes nothing else.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="data_requests", verbose_name=_("enrolment")
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="data_requests", verbose_name=_("person"))
    field = models.CharField(_("data"), max_length=20)  # a value of `PersonalField`; see `field_words`
    old = EncryptedText(_("value held"), blank=True, default="")
    new = EncryptedText(_("value asked for"), blank=True, default="")
    changed_on = models.DateField(_("changed on"), null=True, blank=True)
    late = models.BooleanField(_("reported late"), default=False)
    words = models.CharField(_("in the student's words"), max_length=500, blank=True)
    proof = models.OneToOneField(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proof")
    )
    year = models.PositiveSmallIntegerField(_("year of the register"))
    number = models.PositiveIntegerField(_("number"))
    submitted_at = models.DateTimeField(_("submitted"))
    registered_at = models.DateTimeField(_("registered"))
    due_on = models.DateField(_("to answer until"))
    state = models.CharField(
        _("state"), max_length=10, choices=DataState, default=DataState.WAITING, editable=False, db_index=True
    )
    answer = models.CharField(_("what the student is told"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="data_request_number"),
            models.CheckConstraint(name="data_request_field", condition=_FIELD),
            models.CheckConstraint(name="data_request_state", condition=Q(state__in=DataState.values)),
            models.CheckConstraint(
                name="data_request_decided",
                condition=Q(state=DataState.WAITING, decided_at=None, decided_by=None)
                | ~Q(state=DataState.WAITING) & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="data_request_refused_says_why", condition=~Q(state=DataState.REFUSED) | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="data_request_late_is_a_change", condition=Q(late=False) | Q(changed_on__isnull=False)
            ),
            models.CheckConstraint(
                name="data_request_times", condition=Q(submitted_at__lte=F("registered_at"))
            ),
            models.UniqueConstraint(
                fields=["person", "field"],
                name="data_request_waits_once",
                condition=Q(state=DataState.WAITING),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="values_fixed",
                operation=pgtrigger.UpdateOf("old", "new"),  # type: ignore[no-untyped-call]
            ),
            pgtrigger.ReadOnly(
                name="data_request_fixed",
                fields=[
                    "enrolment", "person", "field", "changed_on", "late", "words", "proof",
                    "year", "number", "submitted_at", "registered_at",
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.registration

    @property
    def registration(self) -> str:
        """Number and day of the register, "12/20.11.2026"."""
        return f"{self.number}/{self.registered_at:%d.%m.%Y}"

    @property
    def field_words(self) -> Sentence:
        """The name of the data in the reader's language."""
        return FIELD_WORDS[PersonalField(self.field)]

    @property
    def times(self) -> Times:
        """When it was submitted, registered and answered (REC-002)."""
        return Times(self.submitted_at, self.registered_at, self.decided_at)


class DataChange(models.Model):
    """A value that took another's place: both, who, why, on which proof. Appended only (REC-041)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="data_changes", verbose_name=_("person"))
    field = models.CharField(_("data"), max_length=20)
    old = EncryptedText(_("former value"), blank=True, default="")
    new = EncryptedText(_("new value"), blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=500)
    document = models.CharField(_("document seen"), max_length=200, blank=True)
    proof = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proof")
    )
    request = models.ForeignKey(
        DataRequest, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("request")
    )

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("changed value")
        verbose_name_plural = _("changed values")
        constraints = [
            models.CheckConstraint(name="data_change_field", condition=_FIELD),
            models.CheckConstraint(name="data_change_has_reason", condition=~Q(reason="")),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.person_id} {self.field}"

    @property
    def field_words(self) -> Sentence:
        """The name of the data in the reader's language."""
        return FIELD_WORDS[PersonalField(self.field)]
