# Two stages: what builds stays behind. One process tree, no rights, its data
# in /var/lib/hrisd. Redis is another container's job.
#
#   docker build -t hrisd .
#   docker run -e HRISD_REDIS=redis://redis:6379 -v hrisd:/var/lib/hrisd \
#       -p 8080:8080 hrisd

ARG BASE=debian:13-slim
FROM ${BASE} AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc libc6-dev make pkg-config libevent-dev libcurl4-openssl-dev \
	libcjson-dev libhiredis-dev libsodium-dev libssl-dev libsqlite3-dev \
	libllhttp-dev libxml2-dev libcsv-dev zlib1g-dev
WORKDIR /src
COPY Makefile ./
COPY include include
COPY src src
COPY docs/api docs/api
RUN make -j"$(nproc)" && strip build/hrisd

FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	ca-certificates libcjson1 libcsv3 libcurl4t64 libevent-core-2.1-7t64 \
	libhiredis1.1.0 libllhttp9.2 libsodium23 libsqlite3-0 libssl3t64 libxml2 \
	zlib1g \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --home-dir /var/lib/hrisd --create-home \
		--shell /usr/sbin/nologin hrisd
COPY --from=build /src/build/hrisd /usr/bin/hrisd
COPY providers /usr/share/hrisd/providers
ENV HRISD_PROVIDERS=/usr/share/hrisd/providers \
	HRISD_STORE=sqlite:/var/lib/hrisd/hrisd.db \
	HRISD_KEY_FILE=/var/lib/hrisd/hrisd.key \
	HRISD_SPOOL=/var/lib/hrisd/spool \
	HRISD_RECEIVER_LISTEN=0.0.0.0:8080 \
	HRISD_CONSOLE_LISTEN=0.0.0.0:8081 \
	HRISD_LOG_FORMAT=json
USER hrisd
VOLUME /var/lib/hrisd
EXPOSE 8080 8081 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
	CMD ["hrisd", "health"]
ENTRYPOINT ["hrisd"]
CMD ["serve"]
