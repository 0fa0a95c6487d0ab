# The farm without learning libraries: for drivers, judges, collecting and previz.
# docker build -f infra/docker/cpu.Dockerfile -t ghcr.io/example/farm:0.1.0-cpu .
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml constraints.txt README.md ./
COPY farm farm
COPY functions functions
RUN python -m venv /opt/farm && /opt/farm/bin/pip install --constraint constraints.txt '.[cluster,metrics]'

FROM python:3.11-slim-bookworm
COPY --from=build /opt/farm /opt/farm
RUN useradd --create-home --uid 1000 farm && install -d -o farm /cache
ENV PATH=/opt/farm/bin:$PATH FARM_CACHE=/cache NUMBA_CACHE_DIR=/home/farm/.numba
USER 1000
WORKDIR /home/farm
# previz is compiled for the machine that builds; another kind of CPU compiles it anew, once
RUN python -m functions.models.previz.warm
CMD ["farm", "--help"]
