# What was tested is packed, what was packed is installed, and what was installed runs: without compiler and npm's cache, as a user who
# may write to /data alone. docs/installing.md has how to run it.
FROM node:24-bookworm AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund && mkdir /packed && npm pack --pack-destination /packed

FROM node:24-bookworm AS install
WORKDIR /app
COPY --from=build /packed/ /packed/
RUN echo '{}' > package.json && npm install --engine-strict --no-audit --no-fund /packed/scopewarden-*.tgz

FROM node:24-bookworm-slim
COPY --from=install /app /app
RUN mkdir /data && chown node:node /data && chmod 700 /data
ENV NODE_ENV=production HOST=0.0.0.0 DATABASE_URL=sqlite:/data/scopewarden.db SCOPEWARDEN_FIRST_KEY_FILE=/data/first-admin-key
USER node
WORKDIR /data
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/node_modules/scopewarden/dist/cli/main.js"]
CMD ["serve"]
