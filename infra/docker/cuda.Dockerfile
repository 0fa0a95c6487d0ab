# The farm with everything that models need, on a GPU.
# docker build -f infra/docker/cuda.Dockerfile -t ghcr.io/example/farm:0.1.0-cuda .
FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 AS build
ENV DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# hadolint ignore=DL3008  # the base image is pinned, and with it what it offers
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pyproject.toml constraints.txt README.md ./
COPY farm farm
COPY functions functions
RUN python3 -m venv /opt/farm && /opt/farm/bin/pip install --constraint constraints.txt '.[diffusers,metrics]' 'ray[default]'

FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04
ENV DEBIAN_FRONTEND=noninteractive
# hadolint ignore=DL3008  # as above
RUN apt-get update && apt-get install -y --no-install-recommends python3 rsync openssh-client && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/farm /opt/farm
# the base image has a user of this number already, who becomes ours
RUN usermod --login farm --move-home --home /home/farm ubuntu && install -d -o farm /cache /weights
ENV PATH=/opt/farm/bin:$PATH FARM_CACHE=/cache HF_HOME=/weights NUMBA_CACHE_DIR=/home/farm/.numba
USER 1000
WORKDIR /home/farm
RUN python3 -m functions.models.previz.warm
CMD ["farm", "--help"]
