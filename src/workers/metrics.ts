import { AggregatorRegistry } from "prom-client";
import type { MetricsJson } from "../http/metrics.ts";

const JOURNAL = /^scopewarden_journal_/;
const POLICY_REVISION = "scopewarden_policy_revision";

/** Where adding up says nothing: the least revision is that of the worker that lags, the least time that of the start. */
const LEAST = new Set([POLICY_REVISION, "scopewarden_process_start_time_seconds"]);

/** Metrics of a worker: the journal's are the primary's to tell. */
export const ofWorker = (metrics: MetricsJson): MetricsJson => metrics.filter(({ name }) => !JOURNAL.test(name));

/** Metrics of the primary, which has no policy. */
export const ofPrimary = (metrics: MetricsJson): MetricsJson => metrics.filter(({ name }) => name !== POLICY_REVISION);

function aggregate(all: readonly MetricsJson[]) {
  const ready = all.map((metrics) =>
    metrics.map((metric) => (LEAST.has(metric.name) ? { ...metric, aggregator: "min" as const } : metric)),
  );
  return AggregatorRegistry.aggregate(ready);
}

export const metricsText = (all: readonly MetricsJson[]): Promise<string> => aggregate(all).metrics();

const COUNTING = new Set<string>(["counter", "histogram"]);

/** What counts on when a worker is gone: counters that fell back would look as if all had begun anew. */
export const lasting = (metrics: MetricsJson): MetricsJson => metrics.filter(({ type }) => COUNTING.has(String(type)));

export const added = (all: readonly MetricsJson[]): Promise<MetricsJson> => aggregate(all).getMetricsAsJSON();
