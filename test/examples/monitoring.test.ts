import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import { HTTP_STATUS } from "../../src/doors/status.ts";
import { createMetrics } from "../../src/process/metrics.ts";
import { MOST_UNINDEXED } from "../../src/storage/journal/search/searchIndex.ts";

const FOLDER = "examples/monitoring/";
const read = (name: string): string => readFileSync(`${FOLDER}${name}`, "utf8");

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}
interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}
const dashboard = JSON.parse(read("dashboard.json")) as Dashboard;
const { groups } = parse(read("alerts.yaml")) as Rules;
const rules = groups.flatMap((group) => group.rules);

/** Each expression with where it stands. Grafana puts a time in place of its own variable; the others stand within texts. */
const EXPRESSIONS: readonly (readonly [where: string, expression: string])[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr.replaceAll("$__rate_interval", "5m")] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

/** What Prometheus itself adds to what it reads, and what it says of it. */
const BY_PROMETHEUS = ["job", "instance"];
const OF_PROMETHEUS = "up";

/** Every metric that the service has, with the names of its labels. */
async function metricsOfService(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = createMetrics({
    blind: async () => ({ accesses: 9, withoutAddress: 3, ofPatients: 6, withoutPatient: 2, withoutPurpose: 0 }),
    withoutBaseline: async () => ({ clients: { ids: ["ehr"], of: 4 }, people: { count: 5, of: 30 } }),
    checkpointAgeMs: () => 0,
    retention: async () => ({ erased: 0, ageMs: 0, oldestMs: 0, clockAheadMs: 0 }),
    policyRevision: () => 1,
    policyAgeMs: () => 0,
    hintsUp: () => true,
    journal: () => ({ queued: 0, queuedBytes: 0, lagMs: 0, failures: 0 }),
    webhooks: () => ({ pending: 0, dead: 0 }),
    sinks: () => new Map([["file", { lag: 1, dead: 1, ageMs: 1 }]]),
    followers: () => [{ name: "one", lag: 0, failures: 0, stillMs: 0 }],
    breakGlasses: async () => ({ open: 0, waiting: 0, overdue: 0 }),
    openAlerts: async () => ({ INFO: 0, LOW: 0, MEDIUM: 0, HIGH: 0 }),
    restrictions: async () => ({ STEP_UP: 0, SUSPENSION: 0 }),
    detectorFailures: () => new Map([["FREQUENCY", 3]]),
    explained: async () => [{ count: 1, explained: true, organization: "north", role: "nurse" }],
  });
  // A label is told once something has it; these are checked by their types.
  metrics.decisions.inc({ outcome: "ALLOW", door: "graphql" });
  metrics.decisionSeconds.observe({ door: "graphql" }, 1);
  metrics.undecided.inc({ code: "INTERNAL", door: "graphql" });
  metrics.authenticationFailures.inc({ kind: "any" });
  metrics.connectionsCut.inc({ slow: "request" });
  metrics.requests.inc({ route: "any", status: "200" });
  metrics.webhookAttempts.inc({ outcome: "delivered" });
  const known = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of (await metrics.text()).matchAll(/^([a-z]\w*)(?:\{(.*)\})? /gm)) {
    const names = known.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) names.add(label);
    known.set(name, names);
  }
  return known;
}

/** The texts of all nodes of a kind in an expression; `ERROR`: where it is no PromQL. */
function nodes(
  expression: string,
  kind: string,
): { readonly text: string; readonly from: number; readonly to: number }[] {
  const found: { text: string; from: number; to: number }[] = [];
  parser.parse(expression).iterate({
    enter({ name, from, to, type }) {
      if (kind === "ERROR" ? type.isError : name === kind) found.push({ text: expression.slice(from, to), from, to });
    },
  });
  return found;
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  "scopewarden_decisions_total outcome": ["ALLOW", "DENY"],
  "scopewarden_break_glass state": ["open", "waiting", "overdue"],
  "scopewarden_undecided_total code": Object.keys(HTTP_STATUS),
  "scopewarden_blind_accesses_total missing": ["true", "false"],
  "scopewarden_watched_entities baseline": ["true", "false"],
};

describe("the dashboard and the alert rules", () => {
  let metrics: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  before(async () => {
    metrics = await metricsOfService();
  });

  for (const [where, expression] of EXPRESSIONS) {
    test(`${where} is PromQL`, () => {
      assert.deepEqual(nodes(expression, "ERROR"), []);
      assert.ok(nodes(expression, "VectorSelector").length > 0, "reads no metric");
    });

    test(`${where} names metrics, labels and values that exist`, () => {
      const labels = new Set(BY_PROMETHEUS);
      for (const { text } of nodes(expression, "VectorSelector")) {
        const metric = /^\w+/.exec(text)?.[0] ?? "";
        const own = metric === OF_PROMETHEUS ? new Set<string>() : metrics.get(metric);
        assert.ok(own, `there is no metric ${metric}`);
        for (const name of own) labels.add(name);
        for (const [, label = "", operator = "", value = ""] of text.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)) {
          if (BY_PROMETHEUS.includes(label)) continue;
          assert.ok(own.has(label), `${metric} has no label ${label}`);
          const values = VALUES[`${metric} ${label}`];
          assert.ok(values, `say in VALUES what ${label} of ${metric} may be`);
          for (const one of operator.endsWith("~") ? value.split("|") : [value])
            assert.ok(values.includes(one), `${label} of ${metric} is never ${one}`);
        }
      }
      for (const { text } of nodes(expression, "GroupingLabels"))
        for (const [name] of text.matchAll(/\w+/g)) assert.ok(labels.has(name), `nothing there has a label ${name}`);
    });
  }

  test("the check sees what is wrong", () => {
    assert.notEqual(nodes("sum(rate(x[5m])", "ERROR").length, 0);
    assert.equal(metrics.get("scopewarden_decision_seconds_bucket")?.has("le"), true);
    assert.equal(metrics.has("scopewarden_made_up"), false);
    assert.deepEqual([...(metrics.get("scopewarden_decisions_total") ?? [])].sort(), ["door", "outcome"]);
  });

  test("rules have a name of their own, a severity and a summary, which speaks of labels that the alert has", () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, expr, labels, annotations } of rules) {
      assert.match(alert, /^Scopewarden[A-Z]\w+$/);
      assert.ok(["page", "ticket"].includes(labels.severity), alert);
      assert.ok(annotations.summary, alert);
      // An aggregation keeps only what it groups by.
      const grouped = nodes(expr, "GroupingLabels").flatMap(({ text }) => text.match(/\w+/g) ?? []);
      const aggregates = nodes(expr, "AggregateExpr").length > 0;
      const [{ text = "" } = {}] = nodes(expr, "VectorSelector");
      const own = metrics.get(/^\w+/.exec(text)?.[0] ?? "") ?? new Set();
      for (const [, label = ""] of Object.values(annotations)
        .join(" ")
        .matchAll(/\$labels\.(\w+)/g))
        assert.ok(
          aggregates ? grouped.includes(label) : own.has(label) || BY_PROMETHEUS.includes(label),
          `${alert}: ${label}`,
        );
    }
  });

  test("panels have ids of their own, and none lies upon another", () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = new Set<string>();
    for (const { title, gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(x < 24 && !cells.has(`${x} ${y}`), title);
          cells.add(`${x} ${y}`);
        }
  });

  test("variables of the dashboard are those that its panels use", () => {
    const declared = dashboard.templating.list.map(({ name }) => name);
    const text = JSON.stringify(dashboard);
    for (const name of declared) assert.match(text, new RegExp(`\\$\\{?${name}`));
    for (const [, name = ""] of text.matchAll(/\$\{?([a-z_]+)/g))
      assert.ok(declared.includes(name) || name.startsWith("__"), name);
  });

  test("the lag that rings is the one from which answers are refused", () => {
    const rule = rules.find(({ alert }) => alert === "ScopewardenFollowerBehind");
    assert.equal(rule?.expr, `scopewarden_follower_lag > ${MOST_UNINDEXED}`);
    const steps = JSON.stringify(
      dashboard.panels.find(({ targets = [] }) =>
        targets.some(({ expr }) => expr.startsWith("max(scopewarden_follower_lag")),
      ),
    );
    assert.match(steps, new RegExp(`"value":${MOST_UNINDEXED}[,}]`));
    const words = MOST_UNINDEXED.toLocaleString("en");
    assert.ok(readFileSync("docs/runbook.md", "utf8").includes(`scopewarden_follower_lag\` | Above ${words} `));
    assert.match(readFileSync("docs/operating.md", "utf8"), new RegExp(`more than ${words} acts behind`));
  });

  test("the README counts the rules", () => {
    assert.match(read("README.md"), new RegExp(`\\b${rules.length} alert rules`));
  });
});
