"""The worker: how tasks run and when."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tocache.settings")

app = Celery("tocache")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
