import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteRaw } from "../storage/backends.ts";
import { switchOn, untilFollowed } from "../support/untilFollowed.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { ADMIN_KEY, applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

/** A service over the sample detectors, in which more than three patients on one day make an alert, and more than six one of severity HIGH. */
export interface AlertWorld {
  readonly service: Service;
  readonly url: string;
  readonly time: { now: number };
  readonly keys: { readonly [name: string]: string };
  ask(by: string, query: string, variables?: unknown): Promise<Awaited<ReturnType<Service["ask"]>>["body"]>;
  /** The first member of what came back without an error. */
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  data(by: string, query: string, variables?: unknown): Promise<any>;
  /** The paths of the problems of what was refused with this code. */
  refused(code: string, by: string, query: string, variables?: unknown): Promise<readonly string[]>;
  /** What is decided of a read for somebody, by default through `reader-app`. */
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  decide(input: object): Promise<any>;
  /** Somebody looks at so many patients, which is watched at once. */
  looks(subject: string, patients: number, from?: number): Promise<void>;
  /** The newest alert about somebody. */
  alertOf(subjectId: string): Promise<{ readonly id: string }>;
  /** Makes an alert one of another matter, so that what is found later begins another beside it. */
  ofAnotherMatter(alertId: string): Promise<void>;
  stop(): Promise<void>;
}

const CREATE_KEY =
  'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }';
type Caller = readonly [roles: string | readonly string[], subject: object | null];
const CALLERS: { readonly [name: string]: Caller } = {
  gateway: ["SERVICE", { type: "client", id: "gateway" }],
  ada: ["ADMIN", { id: "ada" }],
  rita: ["REVIEWER", { id: "rita" }],
  rose: ["REVIEWER", { id: "rose" }],
  otto: ["AUDITOR", { id: "otto" }],
  nora: ["ADMIN", { id: "nora" }],
};

/** `then`: with what it is started again once policy and keys are made, as what it would refuse them by. */
export async function openAlertWorld(
  env: Record<string, string> = {},
  policy: readonly object[] = SMALL_POLICY,
  {
    callers = {},
    now = Date.now(),
    then,
  }: { readonly callers?: typeof CALLERS; readonly now?: number; readonly then?: Record<string, string> } = {},
): Promise<AlertWorld> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-responses-"));
  const url = env.DATABASE_URL ?? `sqlite:${join(folder, "test.db")}`;
  const time = { now };
  const start = (more = {}) =>
    startService({ ...env, DATABASE_URL: url, ...more }, { clock: () => time.now, detectors: SAMPLE_DETECTORS });
  let service = await start();
  const applied = await applyPolicy(service, policy);
  assert.equal(applied.body.errors, undefined, applied.text);
  const keys: Record<string, string> = { nobody: ADMIN_KEY };
  for (const [name, [roles, subject]] of Object.entries({ ...CALLERS, ...callers })) {
    const { body, text } = await service.ask(CREATE_KEY, { variables: { name, roles: [roles].flat(), subject } });
    assert.equal(body.errors, undefined, text);
    keys[name] = body.data.createApiKey.key;
  }
  await switchOn(url);
  if (then !== undefined) {
    await service.stop();
    service = await start(then);
  }

  const world: AlertWorld = {
    ...{ service, url, time, keys },
    async ask(by, query, variables = {}) {
      const key = keys[by];
      assert.ok(key !== undefined, by);
      return (await service.ask(query, { key, variables })).body;
    },
    async data(by, query, variables) {
      const body = await world.ask(by, query, variables);
      assert.equal(body.errors, undefined, JSON.stringify(body));
      return Object.values(body.data)[0];
    },
    async refused(code, by, query, variables) {
      const body = await world.ask(by, query, variables);
      assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
      return (body.errors[0].extensions.problems ?? []).map(({ path }: { readonly path: string }) => path);
    },
    decide(input) {
      const query =
        "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code message } obligations { type parameters } } }";
      const resource = { type: "Observation", id: "o", patient: "patient-1" };
      return world.data("gateway", query, { input: { clientId: "reader-app", action: "read", resource, ...input } });
    },
    async looks(subject, patients, from = 0) {
      for (let n = from; n < from + patients; n++) {
        const resource = { type: "Observation", id: `${subject}-${n}`, patient: `patient-${n}` };
        await world.decide({ subject: { id: subject }, resource });
      }
      await untilFollowed(url);
    },
    async alertOf(subjectId) {
      const query =
        "query($filter: AlertFilter) { alerts(filter: $filter, first: 20) { edges { node { id severity at } } } }";
      const { edges } = await world.data("otto", query, { filter: { subjectId } });
      assert.ok(edges.length > 0, subjectId);
      type Listed = { readonly id: string; readonly at: string };
      const alerts: readonly Listed[] = edges.map(({ node }: { readonly node: Listed }) => node);
      return alerts.reduce((newest, each) => (each.at > newest.at ? each : newest));
    },
    async ofAnotherMatter(alertId) {
      await sqliteRaw(
        url,
        `UPDATE watch_story SET "matter" = 'DENIAL_BURST', "detectors" = '["DENIAL_BURST"]' WHERE "id" = '${alertId}'`,
      );
    },
    async stop() {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}
