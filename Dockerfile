# Bullkeeper built from source, run as a user without rights.
#
#   docker build -t bullkeeper .
#   docker run -p 3000:3000 bullkeeper serve --bind 0.0.0.0:3000 --redis redis://host:6379
#
# On an address other than loopback it starts only when there is a user; make the first one with
#   docker run -it --rm bullkeeper user add NAME --role admin --redis redis://host:6379
#
# There is no HEALTHCHECK: the image holds no HTTP client. Let the platform ask /healthz (process) and /readyz (Redis).
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin bullkeeper

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin bullkeeper
COPY --from=build /src/target/release/bullkeeper /usr/local/bin/bullkeeper
USER 10001:10001
EXPOSE 3000
ENTRYPOINT ["bullkeeper"]
CMD ["serve", "--bind", "0.0.0.0:3000"]
