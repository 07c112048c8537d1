# ssbscreen on the CPU. Build: docker build -t ssbscreen .   Run: docker run -v "$PWD/runs:/app/runs" ssbscreen screen
FROM python:3.11-slim

ENV MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /app
# torch first and alone, so that the build without CUDA is taken before anything else asks for another
COPY constraints.txt ./
RUN pip install -c constraints.txt --index-url https://download.pytorch.org/whl/cpu --extra-index-url https://pypi.org/simple torch

COPY pyproject.toml README.md LICENSE ./
COPY configs ./configs
COPY data ./data
COPY models ./models
COPY ssbscreen ./ssbscreen
RUN pip install -c constraints.txt -e . \
    && useradd --create-home --uid 1000 ssbscreen \
    && mkdir -p runs \
    && chown -R 1000 /app

USER 1000
ENTRYPOINT ["ssbscreen"]
CMD ["--help"]
