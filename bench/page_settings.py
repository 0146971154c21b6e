"""The site's settings with the addresses that pages are measured against."""

from tocache.settings import *  # noqa: F403

ROOT_URLCONF = "bench.page_urls"
