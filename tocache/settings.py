"""Settings from the environment; a bad or missing value stops the start."""

import sys
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from indicators.sources.alert_sets import DATASETS, SENSORS, known_names
from tocache.release import release_id
from tocache.style import policy_source, sheet

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where things are -------------------------------------------------------
VAR_DIR = Path(env.str("TOCACHE_VAR", default=str(BASE_DIR / "var"))).resolve()
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not (DEMO or TESTING):
        raise ImproperlyConfigured(
            "SECRET_KEY is required outside the demo (script/server makes one)."
        )
    SECRET_KEY = "only-for-the-demo-and-the-tests"

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")

# --- Rooms ------------------------------------------------------------------
INSTALLED_APPS = [
    "tocache",
    "governance",
    "incentives",
    "indicators",
    "territory",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "drf_spectacular",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "rest_framework_gis",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tocache.patience.DatabasePatienceMiddleware",
    "indicators.api.edge.ApiEdge",
    "tocache.policy.PolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tocache.middleware.UrlLanguageMiddleware",
    "tocache.middleware.LargeBodyMiddleware",
    "tocache.middleware.ImpossibleInputMiddleware",
    "tocache.pagecache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
    "tocache.middleware.WrongMethodPageMiddleware",
]

ROOT_URLCONF = "tocache.urls"
WSGI_APPLICATION = "tocache.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tocache.chrome.site",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------
DATABASES = {
    "default": env.db(
        "DATABASE_URL",
        default="postgis:///tocache",
        engine="django.contrib.gis.db.backends.postgis",
    )
}
# Without the health check the first request after a database restart fails.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
# Of a whole request; below the 20 s after which gunicorn ends a silent worker.
DATABASE_PATIENCE_S = 15.0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "tocache.cache.FailOpenRedisCache",
        "LOCATION": REDIS_URL,
        # A hung Redis must not hold a page (redis-py waits 5 s by default).
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

# --- Sources ----------------------------------------------------------------
GFW_API_KEY = env.str("GFW_API_KEY", default="")
GFW_URL = env.str("GFW_URL", default="https://data-api.globalforestwatch.org")
GEOBOSQUES_URL = env.str(
    "GEOBOSQUES_URL", default="https://bosques-app.pe/geobosques/api-bosques"
)
# Older service of the same figures; asked when the new one fails. Empty: never.
GEOBOSQUES_OLDER_URL = env.str("GEOBOSQUES_OLDER_URL", default="")
# Map service of the weekly alerts, "{year}" stands for this year. Its root is printed
# nowhere: empty until somebody looked it up.
GEOBOSQUES_ALERTS_URL = env.str("GEOBOSQUES_ALERTS_URL", default="")
GEOBOSQUES_RASTER_URL = env.str(
    "GEOBOSQUES_RASTER_URL",
    default="http://geobosques.minam.gob.pe/geobosque/descargas_geobosque"
    "/alerta/espaciales",
)
MAPBIOMAS_URL = env.str(
    "MAPBIOMAS_URL", default="https://maps.alerta.mapbiomas.org/geoserver"
)
SERNANP_URL = env.str(
    "SERNANP_URL",
    default="https://geoservicios.sernanp.gob.pe/arcgis/rest/services"
    "/sernanp_visor/servicio_descarga/MapServer",
)
FIRMS_MAP_KEY = env.str("FIRMS_MAP_KEY", default="")
FIRMS_URL = env.str("FIRMS_URL", default="https://firms.modaps.eosdis.nasa.gov")
FIRMS_SENSORS = known_names(
    "FIRMS_SENSORS", env.list("FIRMS_SENSORS", default=["VIIRS_NOAA20_NRT"]), SENSORS
)
# Alert data sets of GFW to load. Each is a source of its own: never summed together.
ALERT_SOURCES = known_names(
    "ALERT_SOURCES",
    env.list("ALERT_SOURCES", default=["gfw_integrated_alerts"]),
    tuple(DATASETS),
)
# Hosts, besides GFW's own, to which its batch jobs may link their tables.
GFW_DOWNLOAD_HOSTS = env.list("GFW_DOWNLOAD_HOSTS", default=[])
# host:port of sources on a private address, such as a replay server; else refused.
SOURCE_PRIVATE_ENDPOINTS = env.list("SOURCE_PRIVATE_ENDPOINTS", default=[])

# What makes a page besides the data; a cached page of another release is not used,
# and the tags by which readers ask whether something changed carry it.
RELEASE = env.str("RELEASE", default="") or release_id(
    BASE_DIR, (str(DEMO), str(bool(GFW_API_KEY)), str(bool(FIRMS_MAP_KEY)), SITE_URL)
)

# --- Language, numbers, time --------------------------------------------------
LANGUAGE_CODE = "es-pe"
LANGUAGES = [("es-pe", _("Español")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["tocache.formats"]
USE_I18N = True
TIME_ZONE = "America/Lima"
USE_TZ = True

# --- Files --------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
PLOTLY_DIR = BASE_DIR / "node_modules" / "plotly.js-basic-dist-min"
MAPLIBRE_DIR = BASE_DIR / "node_modules" / "maplibre-gl" / "dist"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [
    BASE_DIR / "static",
    ("vendor/plotly", PLOTLY_DIR),
    ("vendor/maplibre", MAPLIBRE_DIR),
]
# Half the files, and half the time spent compressing them.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = VAR_DIR / "media"
# A file of 20 MB with its form. It stays in memory: a full disk must not break the
# reading of a form, and it is read whole anyway.
MOST_BODY_BYTES = 21_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = MOST_BODY_BYTES
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- People -------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "panel:home"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "governance.sessions"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
ACCOUNT_ADAPTER = "governance.sign_in.AccountAdapter"
MFA_ADAPTER = "governance.second_factor.SealedMfaAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# axes counts in the database: signing in must work while Redis is away.
ACCOUNT_RATE_LIMITS = {"login": None}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tocache 2030"
# Proxies in front of the site whose X-Forwarded-For is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1  # hours
# Both together: a stranger must not be able to lock a person out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "governance.sign_in.client_username"
AXES_CLIENT_IP_CALLABLE = "governance.sign_in.client_address"
AXES_LOCKOUT_CALLABLE = "governance.sign_in.locked_out"
AXES_VERBOSE = False
# Its pages speak English; governance.admin lists the attempts in Spanish.
AXES_ENABLE_ADMIN = False
# Printed mails would put links that reset a password into the log: only in the demo.
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default=f"django.core.mail.backends.{'console' if DEMO else 'dummy'}.EmailBackend",
)

EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
# A silent mail server must not hold the worker; the mail comes again.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="avisos@localhost")
EMAIL_SUBJECT_NAME = env.str("EMAIL_SUBJECT_NAME", default="Tocache 2030")

# --- Headers ------------------------------------------------------------------
SITE_STYLE = sheet(BASE_DIR)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, policy_source(SITE_STYLE)],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
# Health checks come from inside, past the proxy that speaks HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
# GDAL of Debian 12 cannot block file access by a hostile spatial reference.
# Control: no untrusted WKT, SRS, GML or other GDAL format is ever parsed;
# only GeoJSON in EPSG:4326 is accepted (docs/decisions.md).
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "indicators.api.schema.PublicAutoSchema",
    "EXCEPTION_HANDLER": "indicators.api.problems.exception_response",
    "URL_FORMAT_OVERRIDE": None,
    # Each of them appends to X-Forwarded-For; with a wrong number readers share one
    # limit (too low) or choose it (too high).
    "NUM_PROXIES": TRUSTED_PROXIES,
}
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=60)
DATA_LICENCE = "CC BY 4.0"
SPECTACULAR_SETTINGS = {
    "TITLE": "Tocache 2030",
    "DESCRIPTION": (
        "Read-only public data of the sustainability plan of a province: promises, "
        "published values, progress, places, sources. Texts come as *_es and *_en; "
        "a missing thing is null, never 0 or an empty text; origin marks say "
        "whether the plan prints it or this dashboard proposes it; is_synthetic "
        "marks made-up demonstration figures."
    ),
    "VERSION": "1.0.0",
    "LICENSE": {
        "name": DATA_LICENCE,
        "url": "https://creativecommons.org/licenses/by/4.0/",
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "Origin": "indicators.models.plan.Origin",
        "ProposedMark": [("proposed", "Propuesta de este tablero")],
    },
}

# Reads change nothing. The default also tracks GET: it opens the session on every
# page, which then varies by cookie and is kept by nobody.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- Worker -------------------------------------------------------------------
# The same address, as Celery spells a unix socket.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3_000
CELERY_TASK_SOFT_TIME_LIMIT = 2_700
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Without these .delay() hangs more than 40 s when Redis is silent.
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    # Above the longest task; checked every second so that the task of a killed
    # worker comes back at once after it (default: about every 100 s).
    "visibility_timeout": 3_600,
    "unacked_restore_interval": 1,
}
CELERY_BEAT_SCHEDULER = "tocache.schedule:OutboxScheduler"
# Touched whenever the schedule was followed; the health check of beat looks at it.
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat" / "schedule")


def _source(
    code: str, *, minute: int, hour: int, day: int | str = "*"
) -> dict[str, object]:
    """Return the entry that asks for one source; `day` counts from Sunday, 0."""
    return {
        "task": "indicators.tasks.load_source",
        "schedule": crontab(minute=minute, hour=hour, day_of_week=day),
        "kwargs": {"code": code},
    }


# An entry that loads a source bears its code, with "-" for "_": pages say when next.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # The ministry publishes once a year, without a date: ask every Monday.
    "geobosques-loss": {
        "task": "indicators.tasks.load_geobosques_loss",
        "schedule": crontab(minute=20, hour=3, day_of_week=1),
    },
    # Which mails of notices are due, once the day's alerts have come.
    "plan-notices": {
        "task": "indicators.tasks.plan_notices",
        "schedule": crontab(minute=10, hour=7),
    },
    # Who owes values by when; one summary a person, at the start of the day.
    "plan-reminders": {
        "task": "indicators.tasks.plan_reminders",
        "schedule": crontab(minute=20, hour=7),
    },
    "send-notices": {
        "task": "indicators.tasks.send_notices",
        "schedule": crontab(minute="*/2"),
    },
    # Alerts come out daily. The task asks for the version first, so a day without a
    # new one costs one request a district.
    "gfw-integrated-alerts": {
        "task": "indicators.tasks.load_gfw_alerts",
        "schedule": crontab(minute=40, hour=3),
    },
    # Clusters follow every published load; this finds what a person published and
    # what a killed worker left. About a second a million alerts.
    "alert-clusters": {
        "task": "indicators.tasks.renew_alert_clusters",
        "schedule": crontab(minute=25),
    },
    # A load whose worker was killed must not say "downloading" for long.
    "dead-loads": {
        "task": "indicators.tasks.close_dead_loads",
        "schedule": crontab(minute="*/5"),
    },
    "sweep": {
        "task": "indicators.tasks.sweep",
        "schedule": crontab(minute=10, hour=2),
    },
    # The others one after the other, so that they do not fetch side by side.
    "geobosques-weekly": _source("geobosques_weekly", minute=10, hour=4),
    "geobosques-raster": _source("geobosques_raster", minute=20, hour=4, day=2),
    "mapbiomas-alerts": _source("mapbiomas_alerts", minute=30, hour=4, day=2),
    "nasa-firms": _source("nasa_firms", minute=40, hour=4),
    # Outlines change with a decree, a few times a year.
    "sernanp-zones": {
        "task": "indicators.tasks.load_source",
        "schedule": crontab(minute=50, hour=4, day_of_month=2),
        "kwargs": {"code": "sernanp_zones"},
    },
    # Their publishers release once a year, or check what is loaded above.
    "gfw-tree-cover-loss": _source("gfw_tree_cover_loss", minute=10, hour=5, day=1),
    "gfw-adm2-loss": _source("gfw_adm2_loss", minute=20, hour=5, day=1),
    "gfw-adm2-alerts": _source("gfw_adm2_alerts", minute=30, hour=5, day=1),
}

# --- Logs ---------------------------------------------------------------------
# To standard error, faults with their traceback: whoever runs it keeps them.
# Addresses of readers are in none of them.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # It writes whole addresses, and a source may take its key as part of one.
        "httpx2": {"level": "WARNING"},
        # Seven lines a page of PDF.
        "weasyprint.progress": {"level": "WARNING"},
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
