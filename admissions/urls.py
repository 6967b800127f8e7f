"""Addresses of admissions; each subject keeps its own list."""

from django.urls import include, path

app_name = "admissions"
urlpatterns = [
    path("apply/", include("admissions.urls_public")),
    path("apply/", include("admissions.urls_dossier")),
]
