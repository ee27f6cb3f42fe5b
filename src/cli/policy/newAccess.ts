import { isObject } from "../../domain/kernel/reader.ts";
import type { PolicyOperation } from "../../domain/policy/operations.ts";
import type { ScopewardenClient } from "../client.ts";
import { unavailable } from "../exit.ts";
import { count } from "../terminal.ts";
import { asInput } from "./changeService.ts";

const COMPARING = {
  needs: "Comparing access needs a key with the role admin, reviewer or auditor.",
  failed: "The service could not compare access before and after the change.",
  instead: "Take it that somebody gets access, or try again later.",
} as const;

const ACCESS = `query Access($input: SimulateInput!) {
  simulate(input: $input) {
    access { complete equal cells {
      clientId role subjectId organization scope resourceType action change before after example
    } }
  }
}`;

/** Requests that are answered otherwise after the change, as the service says it. */
interface AccessCell {
  readonly clientId: string | null;
  readonly role: string | null;
  readonly subjectId: string | null;
  readonly organization: string | null;
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
  readonly change: string;
  readonly before: string;
  readonly after: string;
  readonly example: string | null;
}

export interface AccessChecked {
  /** Whether it is sure that nobody gets access. */
  readonly none: boolean;
  /** False: not all that differs was compared. */
  readonly complete: boolean;
  /** Where somebody may get access. */
  readonly wider: readonly AccessCell[];
  /** Where somebody loses access. */
  readonly narrower: readonly AccessCell[];
}

/** Whether a change of one revision gives anybody access that they do not have, by the policies themselves: no decision need be on record. */
export async function checkAccess(
  client: ScopewardenClient,
  { operations, revision }: { readonly operations: readonly PolicyOperation[]; readonly revision: number },
): Promise<AccessChecked> {
  const input = { operations: asInput(operations), requests: [], asOfRevision: revision };
  const { simulate } = await client.ask(ACCESS, { input }, COMPARING);
  const access = isObject(simulate) ? simulate.access : null;
  if (!isObject(access) || !Array.isArray(access.cells))
    throw unavailable("What the service answers is no comparison of access.");
  const cells = access.cells as readonly AccessCell[];
  // What is neither wider nor narrower is wider somewhere.
  const wider = cells.filter(({ change }) => change !== "NARROWER" && change !== "EQUAL");
  const complete = access.complete === true;
  const narrower = cells.filter(({ change }) => change === "NARROWER");
  return { none: complete && wider.length === 0, complete, wider, narrower };
}

const MOST_CELLS = 50;

function cellLine(
  sign: "+" | "-",
  { clientId, role, subjectId, organization, ...cell }: AccessCell,
): readonly string[] {
  const who = [
    clientId === null ? "any client" : `client ${clientId}`,
    ...(subjectId === null ? [] : [`subject ${subjectId}`]),
    ...(role === null ? [] : [`role ${role}`]),
    ...(organization === null || organization === "*" ? [] : [`in ${organization}`]),
  ];
  const { scope, resourceType, action, before, after, example } = cell;
  return [
    `  ${sign} ${who.join(", ")}: ${action} of ${resourceType} by ${scope}, ${before} -> ${after}`,
    ...(example === null ? [] : [`      ${example}`]),
  ];
}

/** Under a heading, the cells of one direction. */
const cellLines = (heading: string, sign: "+" | "-", cells: readonly AccessCell[]): readonly string[] => [
  ...(cells.length === 0 ? [] : [heading]),
  ...cells.slice(0, MOST_CELLS).flatMap((cell) => cellLine(sign, cell)),
  ...(cells.length > MOST_CELLS ? [`  and ${cells.length - MOST_CELLS} more`] : []),
];

export function printAccess({ none, complete, narrower, wider }: AccessChecked): readonly string[] {
  const lost = cellLines(
    `Requests of ${count(narrower.length, "kind")} would be denied that are allowed:`,
    "-",
    narrower,
  );
  if (none) return ["Nobody gets access that they do not have.", ...lost];
  return [
    ...cellLines(`REFUSE Requests of ${count(wider.length, "kind")} would be allowed that are not:`, "+", wider),
    ...lost,
    ...(complete ? [] : ["REFUSE The service could not compare all that differs: take it that somebody gets access."]),
  ];
}
