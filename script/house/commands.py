"""The commands that make up the running site; docker-compose.yml says the same."""

WEB = (
    "gunicorn",
    "tocache.wsgi",
    "--preload",
    "--no-control-socket",
    # Ends a sync worker that hangs; threads are helped by tocache/patience.py.
    "--timeout",
    "20",
)
# Without a buffering proxy in front a slow phone holds a sync worker for minutes.
WEB_ALONE = ("--worker-class", "gthread", "--workers", "2", "--threads", "8")
# nginx reads the slow phones: each worker answers one request at a time.
WEB_BEHIND_PROXY = ("--worker-class", "sync", "--workers", "4")
WORKER = ("celery", "-A", "tocache", "worker", "--loglevel", "INFO")
# Their gossip serves features that are not used here, at a second of every start.
WORKER_PROCESSES = ("--concurrency", "2", "--without-gossip", "--without-mingle")
# No pid file: one left by a crash would keep the schedule from starting.
BEAT = ("celery", "-A", "tocache", "beat", "--loglevel", "INFO", "--pidfile=")
SETUP = (("migrate", "--noinput"), ("setup",))
# With DEMO=1 alone: their password is public.
DEMO_PEOPLE = ("ensure_demo_users",)
# The API has no pages for browsers, whose files would be 2 MB to compress.
STATIC = ("collectstatic", "--noinput", "--verbosity", "0", "-i", "rest_framework")
