# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/run.txt /tmp/run.txt
RUN /venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/run.txt
COPY . /app
WORKDIR /app
RUN PYTHON=/venv/bin/python sh scripts/throwaway.sh collectstatic --noinput \
  && /venv/bin/python -m compileall -q app auth settings asgi.py manage.py

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin authgate \
  && install --directory --mode 0700 --owner authgate /var/lib/authgate
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
  DJANGO_SETTINGS_MODULE=settings.production DATA_DIR=/var/lib/authgate HOST=0.0.0.0 PORT=8000 WORKERS=1 ENV_FILE=
WORKDIR /app
USER authgate
# Signing keys that were made at first start lie here, unless JWT_PRIVATE_KEYS or HS256 is used.
VOLUME /var/lib/authgate
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]
CMD ["python", "-m", "app.launch.docker"]
