import { callerOf, type World } from "../graphql/world.ts";

const AUDITOR = callerOf("key:auditor", "auditor");

const QUESTIONS: Readonly<Record<string, string>> = {
  accountingOfDisclosures: "accountingOfDisclosures(patient: $patient, from: $from) { edges { node { summary } } }",
  accessHistory:
    "allowed: accessHistory(patient: $patient, from: $from) { edges { cursor } } denied: accessHistory(patient: $patient, from: $from, outcome: DENY) { edges { cursor } }",
  stats: `${[
    "OUTCOME",
    "CLIENT",
    "SCOPE",
    "REASON",
    "DECISIVE_REASON",
    "RULE",
    "RESOURCE_TYPE",
    "PURPOSE",
    "ORGANIZATION",
    "CALLER",
    "HOUR",
  ]
    .map((by) => `by${by}: stats(measure: DECISIONS, from: $from, by: [${by}]) { rows { key } }`)
    .join(" ")} all: stats(measure: DECISIONS, from: $from) { total }
    explained: stats(measure: EXPLAINED, from: $from) { total } blind: stats(measure: BLIND_SPOTS, from: $from) { total }`,
  scopeUse: "scopeUse(unused: true) { edges { node { scope } } }",
  scopeAdvice: "scopeAdvice { complete } ofClient: scopeAdvice(clientId: $client) { minimal { checked } }",
  decisions: `decisions { edges { node { id summary reasons { message } } } }
    ofPatient: decisions(filter: { patient: $patient }) { edges { node { id } } }
    granted: decisions(filter: { reason: ALLOWED_BY_PROTOCOL_SCOPES }) { edges { node { id } } }
    missing: decisions(filter: { reason: NO_SCOPES, clientId: $client }) { edges { node { id } } }`,
  backtest: "backtest(input: { detector: MANY_PATIENTS, from: $from }) { findings }",
  alerts: "alerts { edges { node { id } } } findings { edges { node { id } } }",
  replay: 'replay(input: { operations: [{ putRole: { name: "replayed" } }] }) { replayed }',
  exportPage: "exportPage(format: NDJSON) { lines }",
};

/** Asks as an auditor all that the record is asked for, and answers with the names of what is not answered, and why. */
export async function unanswered(
  world: World,
  about: { readonly patient: string; readonly client: string; readonly from: number },
): Promise<readonly string[]> {
  const variables = { ...about, from: new Date(about.from).toISOString() };
  const problems: string[] = [];
  for (const [name, fields] of Object.entries(QUESTIONS)) {
    const used = Object.entries({ patient: "ID!", from: "DateTime!", client: "ID!" }).filter(([variable]) =>
      fields.includes(`$${variable}`),
    );
    const given = used.length === 0 ? "" : `(${used.map(([variable, type]) => `$${variable}: ${type}`).join(", ")})`;
    const { errors, internal } = await world.ask(`query ${given} { ${fields} }`, variables, AUDITOR);
    const [error] = errors;
    if (error !== undefined) problems.push(`${name}: ${error.message} ${String(internal[0] ?? "")}`);
  }
  return problems;
}
