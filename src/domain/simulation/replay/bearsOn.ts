import type { DecisionRecord } from "../../decisions/types.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Client, Grant, RowChange, Rule } from "../../policy/types.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { changedRows } from "../access/changedRows.ts";

/** Rows that are looked at for each decision. A change of more bears on all. */
const MOST_ROWS = 64;

type Bears = (record: DecisionRecord) => boolean;
const always: Bears = () => true;

const bothOf = <Row>({ after, before }: RowChange): readonly Row[] =>
  [before, after].filter((row) => row !== null) as unknown as readonly Row[];

const speaksOf = (named: string, asked: string): boolean => named === "*" || named === asked;

/** A rule counts for accesses by its action on its type; for tokens, and for what spans types, it may always. */
function ruleBears(rules: readonly Rule[]): Bears {
  return (record) => {
    if (record.kind === "GRANT") return true;
    const { resource } = record.request;
    const action = requestedAction(record.request.action, resource);
    if (action === EXPORT || resource.type === "*") return true;
    return rules.some((rule) => speaksOf(rule.action, action) && speaksOf(rule.resourceType, resource.type));
  };
}

const clientBears =
  (ids: readonly string[]): Bears =>
  ({ request }) =>
    ids.includes(request.clientId);

/** What one changed row can bear on: rules, clients and their grants by what they name, all else on everything. */
function bearsBy(change: RowChange): Bears {
  switch (change.noun) {
    case "rule":
      return ruleBears(bothOf<Rule>(change));
    case "client":
      return clientBears(bothOf<Client>(change).map(({ id }) => id));
    case "grant":
      return clientBears(bothOf<Grant>(change).map(({ clientId }) => clientId));
    default:
      return always;
  }
}

/**
 * On which decisions the difference of two policies can bear: whether they are allowed, by which scope and under which
 * obligations. The others need not be made a second time. What else a denial tells, which roles would do say, may differ.
 */
export function bearsOn(from: Snapshot, to: Snapshot): Bears {
  const each: Bears[] = [];
  for (const change of changedRows(from, to)) {
    const bears = bearsBy(change);
    if (bears === always || each.length === MOST_ROWS) return always;
    each.push(bears);
  }
  return (record) => each.some((bears) => bears(record));
}
