"""Addresses of contracting, below /student/<enrolment>/."""

from django.urls import URLPattern, URLResolver

app_name = "contracting"
urlpatterns: list[URLPattern | URLResolver] = []
