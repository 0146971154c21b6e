# The same Debian, Python packages and front-end packages as script/server installs.
FROM node:24-bookworm-slim AS front
WORKDIR /srv/project
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends gdal-bin gettext \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/project
COPY script/requirements.lock script/
RUN pip install --no-cache-dir --require-hashes -r script/requirements.lock
COPY --from=front /srv/project/node_modules node_modules
COPY . .
RUN for po in locale/*/LC_MESSAGES/*.po; do \
      [ ! -e "$po" ] || msgfmt -o "${po%.po}.mo" "$po"; done \
    && useradd --system --uid 1000 tocache \
    && install -d -o tocache /srv/var /srv/var/beat
USER tocache
ENV PYTHONUNBUFFERED=1 TOCACHE_VAR=/srv/var
EXPOSE 8000
