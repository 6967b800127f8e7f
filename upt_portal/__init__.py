"""Wires the rooms together; holds no rule."""

from upt_portal.celery import app as celery_app

__all__ = ["celery_app"]
