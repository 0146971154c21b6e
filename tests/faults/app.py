"""The site's Celery app on a queue of its own, which forgets a silent worker soon."""

import os

from tocache.celery import app

app.conf.task_default_queue = os.environ["FAULTS_QUEUE"]
app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": int(os.environ["FAULTS_VISIBILITY_S"]),
}

__all__ = ["app"]
