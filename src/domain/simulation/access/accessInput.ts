import {
  type AuthorizeInput,
  besideClient,
  readContext,
  readScopes,
  readSubject,
} from "../../decisions/accessInput.ts";
import { readAssertedRoles } from "../../decisions/assertedRoles.ts";
import { type InputLimits, InputReader, type Maybe } from "../../decisions/inputReader.ts";
import { readPurpose } from "../../decisions/purposeInput.ts";
import type { AccessRequest } from "../../decisions/types.ts";
import { identifierProblem } from "../../kernel/text.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { AsOf } from "../factsAsOf.ts";
import type { AccessBy } from "./accessCell.ts";

/** What both questions have. */
interface Conditions extends AsOf {
  /** The scopes that are presented; absent: all that each client is granted. */
  readonly scopes?: Maybe<readonly string[]>;
  readonly purposeOfUse?: AuthorizeInput["purposeOfUse"];
  readonly context?: AuthorizeInput["context"];
  /** Whose the resource is; absent: the subject's organization, or any. */
  readonly organization?: Maybe<string>;
  /** A change of that policy that is not made; absent, or none: no change. */
  readonly operations?: Maybe<readonly PolicyOperation[]>;
  readonly first?: Maybe<number>;
  /** The key of the last cell of the page before. */
  readonly after?: Maybe<string>;
}
export interface ClientAccessInput extends Conditions {
  readonly clientId: string;
  /** Absent: the client acts as itself, or for whoever holds a role. */
  readonly subject?: AuthorizeInput["subject"];
  /** Which of both the cells are of; absent: its own, and the others beside them. */
  readonly by?: Maybe<AccessBy>;
}
export interface SubjectAccessInput extends Conditions {
  readonly subject: NonNullable<AuthorizeInput["subject"]>;
}

/** Cells of one page. */
export const MOST_CELLS = 500;

/** A question, read. */
export interface AccessOf extends Pick<AccessRequest, "context" | "purposeOfUse" | "scopes" | "subject"> {
  readonly organization: string | null;
  readonly first: number;
  readonly after: string | null;
}

/** `policies`: the one that is asked about, and with a change the one that it makes, either of which may know a name. @throws ScopewardenError BAD_USER_INPUT with every problem. */
export function readAccessInput(
  input: Conditions & Pick<ClientAccessInput, "by" | "subject"> & { readonly clientId?: string },
  { limits, policies }: { readonly limits: InputLimits; readonly policies: readonly Snapshot[] },
): AccessOf {
  const path = "input";
  const reader = new InputReader(limits);
  const clientId = reader.text(input.clientId, path, "clientId", identifierProblem);
  const read = readSubject(reader, input.subject, `${path}.subject`);
  const given = reader.text(input.organization, path, "organization", identifierProblem);
  let subject = clientId === null ? read : besideClient(read, clientId);
  const organization = given ?? subject?.organization ?? null;
  const roles = input.subject?.roles ?? null;
  if (roles !== null) subject = readAssertedRoles(reader, subject, { roles, organization, path: `${path}.subject` });
  for (const { role } of subject?.roles ?? [])
    if (!policies.some(({ roles }) => roles.has(role)))
      reader.problem(`${path}.subject.roles`, `there is no role ${role} in the policy`);
  const scopes = readScopes(reader, input.scopes, path, "scopes");
  const purposeOfUse = readPurpose(reader, input.purposeOfUse, path);
  const context = readContext(reader, input.context, `${path}.context`);
  const first = input.first ?? MOST_CELLS;
  if (!Number.isInteger(first) || first < 1 || first > MOST_CELLS)
    reader.problem("first", `must be 1 to ${MOST_CELLS}`);
  if (clientId !== null && !policies.some(({ clients }) => clients.has(clientId)))
    reader.problem(`${path}.clientId`, `there is no client ${clientId} at revision ${policies[0]?.revision ?? 0}`);
  if ((input.by ?? null) !== null && (input.subject ?? null) !== null)
    reader.problem(`${path}.by`, "must be left out where subject is given: both say for whom the client acts");
  reader.check();
  return { context, purposeOfUse, scopes, subject, organization, first, after: input.after ?? null };
}
