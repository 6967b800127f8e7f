"""Addresses of the candidate's dossiers, under /apply/."""

from django.urls import path

from admissions.views import dossier

urlpatterns = [
    path("dossiers/", dossier.dossiers, name="dossiers"),
    path("<int:dossier>/", dossier.dossier, name="dossier"),
]
