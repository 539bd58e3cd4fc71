# Builds and tests finetune, and makes an image of its package that serves a run:
#
#   docker build -t finetune .
#   docker run -p 8080:8080 -v "$PWD/runs/mobilenetv2-photos:/run:ro" finetune
#   docker run -v "$PWD:/work" finetune --base mobilenetv2 --data photos      any other command
#
# What is not committed is left out: the package names the commit that it is of.

FROM swift:6.3-bookworm AS build
RUN apt-get update -q && apt-get install -q -y --no-install-recommends dpkg-dev patchelf python3
WORKDIR /source
COPY . .
RUN Tools/test.sh --quick
RUN Tools/package.sh /packages

FROM debian:bookworm-slim
COPY --from=build /packages/*.deb /tmp/
RUN apt-get update -q \
  && apt-get install -q -y --no-install-recommends ca-certificates /tmp/*.deb \
  && rm -rf /tmp/*.deb /var/lib/apt/lists/* \
  && useradd --create-home finetune
USER finetune
WORKDIR /work
EXPOSE 8080
ENTRYPOINT ["finetune"]
CMD ["serve", "/run", "--host", "0.0.0.0", "--port", "8080"]
