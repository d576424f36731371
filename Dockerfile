# Two stages: the first installs, the second carries only what runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
# A virtual environment without a pip of its own: nothing of the installer reaches the image.
RUN python -m venv --without-pip /app \
    && python -m pip --python /app/bin/python install --no-cache-dir .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="payments-sandbox" \
      org.opencontainers.image.description="A payments back end that remembers"
COPY --from=build /app /app
ENV PATH="/app/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SANDBOX_HOST=0.0.0.0 \
    SANDBOX_PORT=8080 \
    SANDBOX_SCENARIOS=/scenarios
# Mount your scenarios here. It is empty otherwise: those of the package are always served.
WORKDIR /scenarios
# A number, not a name: Kubernetes can then see for itself that it is not root.
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["sandbox", "ready"]
ENTRYPOINT ["sandbox"]
CMD ["serve"]
