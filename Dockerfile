# syntax=docker/dockerfile:1
# Shopwright for a server: the scheduler, the dashboard or a single verb, beside a PostgreSQL of its
# own (see compose.yaml). docs/operate.md says how it is used, and which of these steps were tried.
ARG PYTHON=3.12.11-slim-bookworm

FROM python:${PYTHON} AS build
# The extras of pyproject.toml that are installed as well.
ARG EXTRAS=schedule
WORKDIR /source
COPY requirements.txt requirements-dev.txt ./
RUN python -m venv /opt/shopwright \
    && /opt/shopwright/bin/pip install --no-cache-dir -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheel . \
    && /opt/shopwright/bin/pip install --no-cache-dir --constraint requirements-dev.txt \
        "$(echo /wheel/*.whl)[${EXTRAS}]" \
    && /opt/shopwright/bin/python -m compileall -q /opt/shopwright/lib \
    && /opt/shopwright/bin/shopwright --version \
    && /opt/shopwright/bin/pip uninstall --quiet --yes pip

FROM python:${PYTHON}
# Any other user may be given at the start (compose.yaml does): HOME is one for all.
RUN groupadd --gid 10001 shopwright \
    && useradd --uid 10001 --gid shopwright --home-dir /shop --no-create-home shopwright \
    && install --directory --owner shopwright --group shopwright /shop
COPY --from=build /opt/shopwright /opt/shopwright
ENV PATH=/opt/shopwright/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER shopwright
WORKDIR /shop
EXPOSE 8321
STOPSIGNAL SIGTERM
ENTRYPOINT ["shopwright"]
CMD ["--help"]
