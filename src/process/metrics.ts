import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { BreakGlassCounts } from "../domain/consent/breakGlass/store.ts";
import type { Outcome } from "../domain/decisions/types.ts";
import type { OpenAlerts } from "../domain/monitoring/alerts/store.ts";
import type { BlindCounts } from "../domain/monitoring/blindSpots/store.ts";
import type { WithoutBaseline } from "../domain/monitoring/blindSpots/withoutBaseline.ts";
import type { ExplainedTotal } from "../domain/monitoring/explanations/store.ts";
import type { RestrictionCounts } from "../domain/monitoring/responses/restrictionStore.ts";

/** What gauges read when they are asked. */
export interface Vitals {
  readonly policyRevision: () => number | null;
  /** Milliseconds since the policy was last found to be the newest. */
  readonly policyAgeMs: () => number;
  /** Whether hints of other instances come; null where the database gives none. */
  readonly hintsUp: (() => boolean) | null;
  readonly journal: () => {
    readonly queued: number;
    readonly queuedBytes: number;
    readonly lagMs: number;
    readonly failures: number;
  };
  /** Rejects where they can't be read. */
  readonly breakGlasses: () => Promise<BreakGlassCounts>;
  /** Alerts that are not closed; rejects where they can't be read. */
  readonly openAlerts: () => Promise<OpenAlerts>;
  /** Restrictions in force; rejects where they can't be read. */
  readonly restrictions: () => Promise<RestrictionCounts>;
  /** Decisions at which a detector failed since the start, by detector. */
  readonly detectorFailures: () => ReadonlyMap<string, number>;
  /** Rejects where they can't be read. */
  readonly explained: () => Promise<readonly ExplainedTotal[]>;
  /** Rejects where they can't be read. */
  readonly blind: () => Promise<BlindCounts>;
  /** Rejects where it can't be read. */
  readonly withoutBaseline: () => Promise<WithoutBaseline>;
  /** Milliseconds since all of the tree was last signed and copied. */
  readonly checkpointAgeMs: () => number;
  /** Acts that were erased, and times in milliseconds, as process/retention.ts has them. Rejects where it can't be read. */
  readonly retention: () => Promise<{
    readonly erased: number;
    readonly ageMs: number;
    readonly oldestMs: number;
    readonly clockAheadMs: number;
  }>;
  /** Null: nobody is told of anything. */
  readonly webhooks: (() => { readonly pending: number; readonly dead: number }) | null;
  /** By their names; empty: there are none. */
  readonly sinks: () => ReadonlyMap<string, { readonly lag: number; readonly dead: number; readonly ageMs: number }>;
  readonly followers: () => readonly {
    readonly name: string;
    readonly lag: number;
    readonly failures: number;
    readonly stillMs: number;
  }[];
}

type SinkVitals = ReturnType<Vitals["sinks"]> extends ReadonlyMap<string, infer Vital> ? Vital : never;

const PREFIX = "scopewarden_";

/** The service's own registry: counts and times, and no label that a caller can fill. */
/** What `read` answers, made once for all who ask while it is being made: many who look at once are no load. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
}

export function createMetrics(vitals: Vitals) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: PREFIX });

  const gauge = (name: string, help: string, read: () => number): void => {
    const instrument: Gauge = new Gauge({
      name: PREFIX + name,
      help,
      registers,
      collect: () => instrument.set(read()),
    });
  };
  gauge(
    "policy_revision",
    "Revision of the policy that decides; 0 before the first load",
    () => vitals.policyRevision() ?? 0,
  );
  gauge(
    "policy_look_age_seconds",
    "Time since the last successful look for policy changes",
    () => vitals.policyAgeMs() / 1000,
  );
  const { hintsUp } = vitals;
  if (hintsUp !== null)
    gauge("hints_up", "Whether hints of other instances' changes come: 1, or 0 while the connection is lost", () =>
      hintsUp() ? 1 : 0,
    );
  gauge("journal_queued", "Decisions that wait for the disk", () => vitals.journal().queued);
  gauge(
    "journal_queued_bytes",
    "Bytes of the decisions that wait for the disk, as they are written",
    () => vitals.journal().queuedBytes,
  );
  gauge(
    "journal_lag_seconds",
    "Age of the oldest decision that waits for the disk",
    () => vitals.journal().lagMs / 1000,
  );
  type FollowerVitals = ReturnType<Vitals["followers"]>[number];
  const ofFollowers = (name: string, help: string, value: (follower: FollowerVitals) => number): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: ["follower"],
      registers,
      collect() {
        for (const follower of vitals.followers()) this.set({ follower: follower.name }, value(follower));
      },
    });
  };
  ofFollowers(
    "follower_lag",
    "Acts on record that a follower of the journal has not taken yet, by follower",
    ({ lag }) => lag,
  );
  ofFollowers(
    "follower_failures",
    "Failed steps of a follower of the journal since the start, by follower",
    ({ failures }) => failures,
  );
  ofFollowers(
    "follower_still_seconds",
    "Time for which a follower of the journal has not moved though acts wait for it, by follower; 0: none waits",
    ({ stillMs }) => stillMs / 1000,
  );
  const ofSinks = (name: string, help: string, value: (sink: SinkVitals) => number): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: ["sink"],
      registers,
      collect() {
        for (const [sink, vital] of vitals.sinks()) this.set({ sink }, value(vital));
      },
    });
  };
  ofSinks("sink_lag", "Acts on record that a sink has not delivered yet, by sink", ({ lag }) => lag);
  ofSinks(
    "sink_age_seconds",
    "Time since a sink last had all that was on record, by sink",
    ({ ageMs }) => ageMs / 1000,
  );
  ofSinks("sink_dead", "Acts that a sink has put aside and nobody had sent anew, by sink", ({ dead }) => dead);
  const states = new Gauge({
    name: `${PREFIX}break_glass`,
    help: "Emergencies: open, over and waiting for a review (waiting), and not reviewed in time (overdue), by state",
    labelNames: ["state"],
    registers,
    async collect() {
      // What can't be read is not told as it was.
      states.reset();
      const counts = await vitals.breakGlasses().catch(() => null);
      for (const [state, count] of Object.entries(counts ?? {})) states.set({ state }, count);
    },
  });
  const alerts = new Gauge({
    name: `${PREFIX}open_alerts`,
    help: "Alerts that nobody has closed, by severity",
    labelNames: ["severity"],
    registers,
    async collect() {
      alerts.reset();
      const counts = await vitals.openAlerts().catch(() => null);
      for (const [severity, count] of Object.entries(counts ?? {})) alerts.set({ severity }, count);
    },
  });
  const restrictions = new Gauge({
    name: `${PREFIX}restrictions_in_force`,
    help: "Restrictions of access that are in force, by response",
    labelNames: ["response"],
    registers,
    async collect() {
      restrictions.reset();
      const counts = await vitals.restrictions().catch(() => null);
      for (const [response, count] of Object.entries(counts ?? {})) restrictions.set({ response }, count);
    },
  });
  const detectors = new Gauge({
    name: `${PREFIX}detector_failures`,
    help: "Decisions that a detector passed over since the start, as it failed at them, by detector",
    labelNames: ["detector"],
    registers,
    collect() {
      for (const [detector, count] of vitals.detectorFailures()) detectors.set({ detector }, count);
    },
  });
  const explained = new Counter({
    name: `${PREFIX}explained_accesses_total`,
    help: "Accesses to a patient's data that were explained when they were made, or not, by organization and role; of all instances together",
    labelNames: ["organization", "role", "explained"],
    registers,
    async collect() {
      explained.reset();
      for (const { count, organization, role, ...of } of await vitals.explained().catch(() => []))
        explained.inc({ organization: organization ?? "", role: role ?? "", explained: String(of.explained) }, count);
    },
  });
  const blind = new Counter({
    name: `${PREFIX}blind_accesses_total`,
    help: "Accesses whose request said an address, a patient or a purpose, or not (missing), by which of them (member); of all instances together",
    labelNames: ["member", "missing"],
    registers,
    async collect() {
      blind.reset();
      const counts = await vitals.blind().catch(() => null);
      if (counts === null) return;
      const { accesses, ofPatients, withoutAddress, withoutPatient, withoutPurpose } = counts;
      for (const [member, missing, of] of [
        ["address", withoutAddress, accesses],
        ["patient", withoutPatient, ofPatients],
        ["purpose", withoutPurpose, accesses],
      ] as const) {
        blind.inc({ member, missing: "true" }, missing);
        blind.inc({ member, missing: "false" }, of - missing);
      }
    },
  });
  const watched = new Gauge({
    name: `${PREFIX}watched_entities`,
    help: "Active clients (client) and people who hold a role (person) of whom a detector has a baseline, or none has, by kind and baseline; counted every ten minutes",
    labelNames: ["kind", "baseline"],
    registers,
    async collect() {
      watched.reset();
      const found = await vitals.withoutBaseline().catch(() => null);
      if (found === null) return;
      const { clients, people } = found;
      for (const [kind, without, of] of [
        ["client", clients.ids.length, clients.of],
        ["person", people.count, people.of],
      ] as const) {
        watched.set({ kind, baseline: "false" }, without);
        watched.set({ kind, baseline: "true" }, of - without);
      }
    },
  });
  gauge(
    "checkpoint_age_seconds",
    "Time since all of the tree of the record was last found to be signed, and copied where that is set",
    () => vitals.checkpointAgeMs() / 1000,
  );
  const erased = new Gauge({
    name: `${PREFIX}retention_erased_acts`,
    help: "Acts from which what identifies people was erased after its time; of all instances together",
    registers,
    async collect() {
      erased.reset();
      const status = await vitals.retention().catch(() => null);
      if (status !== null) erased.set(status.erased);
    },
  });
  const ofRetention = (name: string, help: string, read: "ageMs" | "clockAheadMs" | "oldestMs"): void => {
    const age = new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers,
      async collect() {
        const status = await vitals.retention().catch(() => null);
        if (status !== null) age.set(status[read] / 1000);
      },
    });
  };
  ofRetention(
    "retention_age_seconds",
    "Time since all acts whose time is over were last found to be erased or held",
    "ageMs",
  );
  ofRetention(
    "retention_oldest_seconds",
    "Age of the oldest act that still identifies people and whose time is not over; 0: none is known",
    "oldestMs",
  );
  ofRetention(
    "retention_clock_ahead_seconds",
    "How far the clock is ahead of what the record knows, so that nothing is erased; 0: it is believed",
    "clockAheadMs",
  );
  gauge("journal_failures", "Failed journal writes since the start", () => vitals.journal().failures);

  const { webhooks } = vitals;
  if (webhooks !== null) {
    gauge("webhook_pending", "Notifications that wait to be delivered", () => webhooks().pending);
    gauge("webhook_dead", "Notifications that were given up and not retried", () => webhooks().dead);
  }

  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });

  return {
    contentType: registry.contentType,
    text: shared(() => registry.metrics()),
    decisions: counter("decisions", "Decisions answered, by outcome and door", "outcome", "door"),
    decisionSeconds: new Histogram({
      name: `${PREFIX}decision_seconds`,
      help: "Time from a well-formed question to an answer that is on disk, by door; a batch counts once",
      labelNames: ["door"],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
      registers,
    }),
    undecided: counter(
      "undecided",
      "Questions that got an error instead of a decision, by code and door",
      "code",
      "door",
    ),
    authenticationFailures: counter(
      "authentication_failures",
      "Requests without an accepted key or token, by kind of failure",
      "kind",
    ),
    connectionsCut: counter(
      "connections_cut",
      "Connections closed because the client was too slow, by what was slow: its request or the reading of an answer",
      "slow",
    ),
    requests: counter("http_requests", "HTTP requests answered, by route and status", "route", "status"),
    webhookAttempts: counter(
      "webhook_attempts",
      "Attempts to deliver a notification, by what came of them: delivered, failed (to be tried again), dead",
      "outcome",
    ),
    sinkAttempts: counter(
      "sink_attempts",
      "Batches of a sink by what came of them: delivered, failed (to be tried again), refused (to be sent in smaller ones, or again), and acts put aside (dead)",
      "sink",
      "outcome",
    ),
    checkpointFailures: counter(
      "checkpoint_failures",
      "Checkpoints of the record that could not be signed, or copied to where they are kept, by what failed (sign, copy); tried again",
      "step",
    ),
    policyRefreshFailures: counter("policy_refresh_failures", "Failed looks for policy changes"),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Counts by outcome, for one request's log line. */
export type Tally = { [O in Outcome]: number };
