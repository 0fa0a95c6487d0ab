# The farm with everything that models need, on a GPU: torch's wheels bring CUDA, the machine brings the driver.
# docker build -f infra/docker/cuda.Dockerfile -t ghcr.io/example/farm:0.1.0-cuda .
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY pyproject.toml constraints.txt README.md ./
COPY farm farm
COPY functions functions
RUN python -m venv /opt/farm && /opt/farm/bin/pip install --constraint constraints.txt '.[cluster,diffusers,metrics]'

FROM python:3.11-slim-bookworm
# a compiler for what torch compiles; rsync and ssh for the head of a cluster on EC2, which sets up its workers
# hadolint ignore=DL3008  # the base image is of one release of Debian, and with it what it offers
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev openssh-client rsync \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/farm /opt/farm
RUN useradd --create-home --uid 1000 farm && install -d -o farm /cache /weights
ENV PATH=/opt/farm/bin:$PATH FARM_CACHE=/cache HF_HOME=/weights NUMBA_CACHE_DIR=/home/farm/.numba \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000
WORKDIR /home/farm
RUN python -m functions.models.previz.warm
CMD ["farm", "--help"]
