# Any task of Podium: docker build --tag podium . && docker run podium plugins
# The program and its packages; data, results and configs of a competition are mounted at run time.
FROM denoland/deno:debian-2.9.6

WORKDIR /podium
RUN chown deno:deno /podium
USER deno

# Packages first: a change of the program leaves this layer as it is.
COPY --chown=deno:deno deno.json deno.lock ./
COPY --chown=deno:deno third_party third_party
RUN ["deno", "install", "--frozen"]

COPY --chown=deno:deno . .
# Any user may write there, so that files in mounted folders can belong to the one who mounts them.
RUN mkdir -p results/store && chmod a+rwX data results results/store inferences submissions

# tini, which the base image brings, hands on signals: a worker that is asked to stop saves itself.
ENTRYPOINT ["/tini", "--", "deno", "task"]
