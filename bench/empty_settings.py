"""An empty Django: no middleware, no database, one view."""

SECRET_KEY = "only-for-the-benchmarks"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.empty_urls"
USE_TZ = True
