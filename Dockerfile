# The application alone: slim, not root, with a health check. The database lives in the volume /data.
# Its digest could not be known where this was written; `docker buildx imagetools inspect` prints it, to be put behind an @.
FROM python:3.13.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md checkout_bot.py ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app app
COPY bot bot
COPY checkout checkout
COPY db db
COPY messages messages
COPY providers providers
COPY web web
COPY sandbox sandbox
# Editable: the packages stay in /app, with their templates, queries and catalogues beside them.
RUN /venv/bin/pip install --no-cache-dir --no-build-isolation --no-deps -e .
# Whoever cloned it under a umask that closes files to others has brought them in closed.
RUN chmod -R go=rX /app /venv

FROM python:3.13.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=8080 DATABASE_URL=sqlite:////data/checkout.db CATALOG=/shop/catalog.toml
RUN useradd --uid 10001 --create-home shop && mkdir -p /data /shop && chown shop /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER shop
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
# Ending for want of settings would only be started again, for ever.
CMD ["checkout-bot", "serve", "--wait"]
