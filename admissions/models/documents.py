"""What a candidate hands in: documents with their versions and verdicts, and the proof of language."""

from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.shared import KEPT, stored, together, who
from admissions.workflow.smaller import Verdict


class DocumentType(models.TextChoices):
    """The documents of Art. 8 and 11; the letter of each depends on the cycle (`rules.papers`)."""

    APPLICATION_FORM = "application_form", _("Request for the letter of acceptance (Annex 6)")
    BAC_DIPLOMA = "bac_diploma", _("Baccalaureate diploma or equivalent")
    BAC_CERT = "bac_cert", _("Certificate of having passed the baccalaureate")
    BACHELOR_DIPLOMA = "bachelor_diploma", _("Bachelor diploma or equivalent")
    BACHELOR_CERT = "bachelor_cert", _("Certificate of having passed the bachelor examination")
    TRANSCRIPTS = "transcripts", _("Transcripts of records")
    LANGUAGE_PROOF = "language_proof", _("Proof of language")
    BIRTH_CERT = "birth_cert", _("Birth certificate")
    NAME_CHANGE = "name_change", _("Proof of the change of name")
    RESIDENCE_ABROAD = "residence_abroad", _("Proof of permanent residence abroad")
    PASSPORT = "passport", _("Passport")
    MEDICAL = "medical", _("Medical certificate")
    PHOTO = "photo", _("Passport-type photograph")
    GDPR_CONSENT = "gdpr_consent", _("Consent to the use of personal data")
    FEE_PROOF = "fee_proof", _("Proof of payment of the processing fee")
    REFUND_AGREEMENT = "refund_agreement", _("Agreement on the refund conditions (Annex 12)")
    NIGERIA_CARD = "nigeria_card", _("NECO result card or WAEC scratch card")
    PROXY_MANDATE = "proxy_mandate", _("Notarial mandate of the proxy")


#: Shown only to those who need them for their work; their names stay out of traces (health, identity).
RESTRICTED = (DocumentType.PASSPORT, DocumentType.MEDICAL, DocumentType.BIRTH_CERT)


@pghistory.track()
class DossierDocument(models.Model):
    """One version of one document (§6.6). A newer upload leaves the earlier one, no longer `current`.

    original: the copy of the document; translation: its legalised translation; back: the other side, for the
    card of ADM-064. carried_from: the version of the dossier it was carried over from (ADM-109).
    form_filled: photo, date and signature ticked by the candidate (ADM-065). annex: of the consent (ADM-068).
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="documents")
    kind = models.CharField(_("document"), max_length=20, choices=DocumentType)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    current = models.BooleanField(_("current"), default=True)
    original = stored(optional=True, label=_("copy of the document"))
    back = stored(optional=True, label=_("other side"))
    translation = stored(optional=True, label=_("translation"))
    language = models.CharField(_("language of the document"), max_length=2, blank=True)
    translation_language = models.CharField(_("language of the translation"), max_length=2, blank=True)
    country = models.CharField(_("country that issued it"), max_length=2, blank=True)
    form_filled = models.BooleanField(_("photo, date and signature are on the form"), default=False)
    annex = models.CharField(_("annex"), max_length=4, blank=True)
    uploaded_by = who(_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded"))
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    authenticated = models.BooleanField(_("authenticated"), null=True, blank=True)
    translation_legalised = models.BooleanField(_("translation legalised"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict, default=Verdict.PENDING)
    note = models.CharField(_("note"), max_length=500, blank=True)
    judged_by = who(_("checked by"))
    judged_at = models.DateTimeField(_("checked"), null=True, blank=True)
    waived_reason = models.CharField(_("why it was waived"), max_length=500, blank=True)
    waived_by = who(_("waived by"))
    waived_at = models.DateTimeField(_("waived"), null=True, blank=True)
    restricted = models.GeneratedField(
        expression=Case(
            When(kind__in=[kind.value for kind in RESTRICTED], then=Value(True)), default=Value(False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["dossier", "kind", "-version"]
        verbose_name = _("document of the dossier")
        verbose_name_plural = _("documents of the dossier")
        constraints = [
            models.CheckConstraint(name="adm_document_kind", condition=Q(kind__in=DocumentType.values)),
            models.UniqueConstraint(fields=["dossier", "kind", "version"], name="adm_document_version"),
            models.UniqueConstraint(
                fields=["dossier", "kind"], name="adm_document_one_current", condition=Q(current=True)
            ),
            models.CheckConstraint(
                name="adm_document_has_file",
                condition=Q(original__isnull=False)
                | Q(translation__isnull=False)
                | Q(waived_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adm_document_judged",
                condition=Q(verdict="pending", judged_by__isnull=True, judged_at__isnull=True)
                | Q(judged_by__isnull=False, judged_at__isnull=False)
                & (Q(verdict="conform") | Q(verdict="non_conform") & ~Q(note="")),
            ),
            models.CheckConstraint(
                name="adm_document_waived",
                condition=Q(waived_reason="", waived_by__isnull=True, waived_at__isnull=True)
                | Q(waived_by__isnull=False, waived_at__isnull=False) & ~Q(waived_reason=""),
            ),
            # ADM-197: the agreement on the refund conditions is never waived.
            models.CheckConstraint(
                name="adm_document_annex_12_stays",
                condition=~Q(kind="refund_agreement") | Q(waived_at__isnull=True),
            ),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"


class ProofKind(models.TextChoices):
    """How the language of teaching is proved (§6.7)."""

    RO_PREP_YEAR = "ro_prep_year", _("Preparatory year of Romanian")
    RO_DIPLOMA = "ro_diploma", _("Study documents of the Romanian system")
    RO_SCHOOL_YEARS = "ro_school_years", _("School years in Romanian, in Romania")
    RO_CERTIFICATE = "ro_certificate", _("Certificate of Romanian")
    TEST = "test", _("Language test")
    FL_SCHOOL_YEARS = "fl_school_years", _("School years in the language of teaching")
    INTERLINGUA = "interlingua", _("Interlingua test, asked for")


class ProofState(models.TextChoices):
    """What DRI found of a proof of language."""

    PENDING = "pending", pgettext_lazy("proof of language", "Not checked yet")
    VERIFIED = "verified", pgettext_lazy("proof of language", "Verified")
    REFUSED = "refused", pgettext_lazy("proof of language", "Refused")


class IssuerClass(models.TextChoices):
    """Who certified Romanian (ADM-073)."""

    PREPARATORY_UNIVERSITY = "preparatory_university", _("University that runs the preparatory year")
    LECTORATE = "lectorate", _("Romanian lectorate at a foreign university")
    INSTITUTE_OF_LANGUAGE = "institute_of_language", "Institutul Limbii Române"
    CULTURAL_INSTITUTE = "cultural_institute", "Institutul Cultural Român"
    OTHER = "other", pgettext_lazy("issuer", "Another issuer")


class LanguageProof(models.Model):
    """The proof of language of a dossier (ADM-070 to ADM-079); a newer one leaves the earlier as it was."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="language_proofs")
    kind = models.CharField(_("kind"), max_length=16, choices=ProofKind)
    current = models.BooleanField(_("current"), default=True)
    language = models.CharField(_("language"), max_length=2)
    test = models.CharField(_("test"), max_length=20, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    issuer_class = models.CharField(_("kind of issuer"), max_length=24, choices=IssuerClass, blank=True)
    authorised = models.BooleanField(_("at an authorised institution"), default=False)
    romanian_system = models.BooleanField(_("of the Romanian national system"), default=False)
    level = models.CharField(_("level"), max_length=2, blank=True)
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    years = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("school years")
    )
    state = models.CharField(_("state"), max_length=10, choices=ProofState, default=ProofState.PENDING)
    note = models.CharField(_("note"), max_length=500, blank=True)
    judged_by = who(_("checked by"))
    judged_at = models.DateTimeField(_("checked"), null=True, blank=True)

    class Meta:
        ordering = ["dossier", "-pk"]
        verbose_name = _("proof of language")
        verbose_name_plural = _("proofs of language")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], name="adm_proof_one_current", condition=Q(current=True)
            ),
            models.CheckConstraint(
                name="adm_proof_judged",
                condition=Q(state="pending", judged_by__isnull=True, judged_at__isnull=True)
                | ~Q(state="pending") & Q(judged_by__isnull=False, judged_at__isnull=False),
            ),
            # ADM-076: the Interlingua test counts once DRI has recorded "passed".
            models.CheckConstraint(
                name="adm_proof_interlingua_passed",
                condition=~Q(kind="interlingua", state="verified") | Q(passed=True),
            ),
            models.CheckConstraint(name="adm_proof_judge", condition=together("judged_by", "judged_at")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.language}"
