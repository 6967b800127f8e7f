"""Addresses of the switches and of what accounts do beside django-allauth; they stand before its own."""

from django.urls import path

from upt_portal.accounts import views

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("activate/<str:token>/", views.activate_link, name="activate_link"),
    path("accounts/email/", views.change_address, name="account_email"),
    path("accounts/email/give-up/", views.give_up_change, name="account_email_give_up"),
    path("accounts/address/<str:token>/", views.confirm_address, name="confirm_address"),
    path("accounts/sessions/<int:session>/end/", views.end_session, name="end_session"),
]
