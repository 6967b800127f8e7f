"""The counselling room as an app."""

from django.apps import AppConfig


class CounselingConfig(AppConfig):
    name = "counseling"
    default_auto_field = "django.db.models.BigAutoField"
