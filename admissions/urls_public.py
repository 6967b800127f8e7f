"""Addresses of the public pages of admissions, under /apply/."""

from django.urls import path

from admissions.views import public

urlpatterns = [
    path("", public.campaign, name="campaign"),
    path("programmes/", public.programmes, name="programmes"),
    path("documents/", public.documents, name="documents"),
    path("language/", public.language_proof, name="language"),
    path("preparatory-year/", public.preparatory, name="preparatory"),
    path("payment/", public.payment, name="payment"),
    path("refunds/", public.refunds, name="refunds"),
    path("legal/", public.legal, name="legal"),
]
