"""Addresses of the rulebook, under /rulebook/."""

from django.urls import path

from upt_portal.kernel import views_rulebook as views

urlpatterns = [
    path("", views.index, name="rulebook"),
    path("figures/", views.figures, name="rulebook_figures"),
    path("<str:rule>/", views.rule, name="rule"),
]
