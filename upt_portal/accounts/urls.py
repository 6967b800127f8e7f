"""Addresses of the language and theme switches."""

from django.urls import path

from upt_portal.accounts import views

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
]
