# The static binary and nothing else, not as root:
#
#   docker run --rm --volume "$PWD:/work:ro" ghcr.io/bicep-race-lint/bicep-race-lint:v0.1.0 infra
#
# `packaging/pack.py` puts the binaries of a release into dist/container; docs/ci.md says how to make one from a clone.
FROM scratch
ARG TARGETARCH
COPY --chmod=755 dist/container/${TARGETARCH}/bicep-race-lint /usr/local/bin/bicep-race-lint
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/bicep-race-lint"]
