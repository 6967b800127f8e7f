# One image for web, workers and beat; docker-compose.yml gives each its command.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=upt_portal.settings

# The libraries that WeasyPrint loads (upt_portal/embedded/pango.py names the same three).
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/portal
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY . .
# Catalogs, fonts and static files are part of the image: containers start with nothing left to make.
RUN python manage.py compile_catalogs \
    && python manage.py build_assets \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --create-home portal \
    && install -d -o portal /srv/portal/.run

USER portal
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "4", "--preload", "--no-control-socket", "--timeout", "60", "upt_portal.wsgi:application"]
