import { isPlainService } from "../../callers/person.ts";
import { asNamed, isSurelySamePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { ALL_ORGANIZATIONS, USER } from "../../policy/types.ts";
import type { AskedAccess, SubjectName } from "./accessRequest.ts";

type Maybe<T> = T | null | undefined;

/** A subject as it arrives, where only its type and id are asked for. Without a type it is a person. */
export interface NamedSubject {
  readonly id: string;
  readonly type?: Maybe<string>;
  readonly organization?: Maybe<string>;
  readonly roles?: Maybe<readonly string[]>;
  readonly attributes?: unknown;
}

/** An access request as it arrives. */
export interface RequestAccessInput {
  readonly subject?: Maybe<NamedSubject>;
  readonly clientId?: Maybe<string>;
  readonly role?: Maybe<string>;
  readonly organization?: Maybe<string>;
  /** Whether a name that is nearly that of a known organization is meant. Asked before the request is made. */
  readonly newOrganization?: Maybe<boolean>;
  readonly scope?: Maybe<string>;
  readonly minutes: number;
  readonly reason: string;
}

const NOT_ASKED = ["organization", "roles", "attributes"] as const;

/** Names a subject; what is said of it beside its type and id would be lost, so it is refused. */
export function readSubject(read: Reader, given: NamedSubject, path: string): SubjectName {
  const { id } = given;
  const type = given.type === undefined ? USER : given.type;
  read.expect(`${path}.id`, identifierProblem(id));
  if (type === null) read.problem(`${path}.type`, `must not be null; leave it out for ${USER}`);
  else read.expect(`${path}.type`, identifierProblem(type));
  for (const name of NOT_ASKED)
    if ((given[name] ?? null) !== null)
      read.problem(`${path}.${name}`, "must be left out: only type and id of a subject are asked for here");
  return { type: type ?? USER, id };
}

/** Only who asks for decisions about people may ask for others. @throws ScopewardenError FORBIDDEN */
function requireOwn(caller: Identity, subject: SubjectName): void {
  if (caller.roles.has("service")) return;
  if (isSurelySamePerson(caller, asNamed(subject))) return;
  throw new ScopewardenError(
    "FORBIDDEN",
    "Access is requested for oneself; for others by a caller who holds service. Leave subject out to ask for yourself.",
  );
}

/** Who shall have it: who is named, else the caller, if that is a person. */
function subjectOf(read: Reader, caller: Identity, input: RequestAccessInput): SubjectName | null {
  if (input.subject !== null && input.subject !== undefined) return readSubject(read, input.subject, "input.subject");
  if ((input.role ?? null) === null) return null;
  const { subject } = caller;
  if (subject !== null && !isPlainService(caller)) return { type: subject.type ?? USER, id: subject.id };
  return read.problem("input.subject", "is missing: who shall hold the role, as this caller is no person");
}

/** Reads what is asked for, as far as the policy need not be looked at. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
export function readRequest(caller: Identity, input: RequestAccessInput): AskedAccess & { readonly reason: string } {
  const read = new Reader();
  const { role = null, organization = null, clientId = null, scope = null, minutes, reason } = input;
  read.expect("input.reason", reasonProblem(reason));
  if (!Number.isInteger(minutes) || minutes < 1) read.problem("input.minutes", "must be a whole number from 1");
  if ((role === null) === (scope === null))
    read.problem("input", "must have either role, with organization, or scope, with clientId");
  else {
    const needed = role === null ? ({ scope, clientId } as const) : ({ role, organization } as const);
    for (const [name, value] of Object.entries(needed)) {
      if (value === null) {
        const every = name === "organization" ? `; "${ALL_ORGANIZATIONS}" stands for all organizations` : "";
        read.problem(`input.${name}`, `is missing${every}`);
      } else if (!(name === "organization" && value === ALL_ORGANIZATIONS))
        read.expect(`input.${name}`, identifierProblem(value));
    }
    if (role !== null && clientId !== null)
      read.problem("input.clientId", "must be left out beside role: a client is given a scope");
    if (scope !== null && organization !== null)
      read.problem("input.organization", "must be left out beside scope, which holds in no organization in particular");
  }
  const subject = subjectOf(read, caller, input);
  read.check();
  if (subject !== null) requireOwn(caller, subject);
  return { subject, role, organization, clientId, scope, minutes, reason };
}
