"""The worker: how tasks run and when."""

import os

from celery import Celery

from tocache.heartbeat import Heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tocache.settings")

app = Celery("tocache", task_cls="indicators.outbox:ConfirmedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Heartbeat)
