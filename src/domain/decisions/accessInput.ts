import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Problem } from "../kernel/errors.ts";
import { actionProblem, identifierProblem, resourceTypeProblem, textProblem } from "../kernel/text.ts";
import { isScopeToken } from "../scopes/smart.ts";
import type { AccessRequest, JsonObject, RequestContext, Resource, Subject } from "./types.ts";

export type Maybe<T> = T | null | undefined;

/** AuthorizeInput of the contract, as it arrives. */
export interface AuthorizeInput {
  readonly clientId: string;
  readonly subject?: Maybe<{
    readonly id: string;
    readonly type?: Maybe<string>;
    readonly organization?: Maybe<string>;
    readonly attributes?: unknown;
  }>;
  readonly scopes?: Maybe<readonly string[]>;
  readonly action: string;
  readonly resource: {
    readonly type: string;
    readonly id?: Maybe<string>;
    readonly patient?: Maybe<string>;
    readonly organization?: Maybe<string>;
    readonly labels?: Maybe<readonly string[]>;
    readonly attributes?: unknown;
  };
  readonly purposeOfUse?: Maybe<string>;
  readonly context?: Maybe<{
    readonly patient?: Maybe<string>;
    readonly ipAddress?: Maybe<string>;
    readonly region?: Maybe<string>;
    readonly userAgent?: Maybe<string>;
    readonly tokenId?: Maybe<string>;
    readonly attributes?: unknown;
  }>;
  readonly requestId?: Maybe<string>;
}

/** `attributeBytes` bounds each attributes object as canonical JSON, in UTF-16 code units; `attributeDepth` its nesting. */
export interface InputLimits {
  readonly attributeBytes: number;
  readonly attributeDepth: number;
  readonly scopes: number;
  readonly labels: number;
}
export const DEFAULT_INPUT_LIMITS: InputLimits = {
  attributeBytes: 16 * 1024,
  attributeDepth: 6,
  scopes: 256,
  labels: 100,
};

export type ParsedInput =
  | { readonly ok: true; readonly request: AccessRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Names that mean something to JavaScript itself; no attribute has them, and no evaluator needs to be trusted with them. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);
const memberProblem = (name: string): string | null =>
  RESERVED.has(name) ? `must not have a member named ${name}` : textProblem(name, 256);

/** What is wrong with a JSON value beyond being JSON: too deep, or text that no store keeps alike. */
function jsonProblem(value: unknown, depth: number): string | null {
  if (typeof value === "string") return textProblem(value, Number.MAX_SAFE_INTEGER);
  if (value === null || typeof value === "boolean") return null;
  if (typeof value === "number") return Number.isFinite(value) ? null : "must have finite numbers only";
  if (typeof value !== "object") return `must be JSON, which has no ${typeof value}`;
  if (depth === 0) return "is nested too deeply";
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [name, member] of entries) {
    const problem = (typeof name === "string" ? memberProblem(name) : null) ?? jsonProblem(member, depth - 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** Collects problems and hands out checked values; a value with a problem comes out as null. */
export class Reader {
  readonly problems: Problem[] = [];
  readonly limits: InputLimits;

  constructor(limits: InputLimits) {
    this.limits = limits;
  }

  expect(path: string, problem: string | null): void {
    if (problem !== null) this.problems.push({ path, message: problem });
  }

  /** The text `name` of what stands at `path`; paths are put together only where there is a problem to name. */
  text(value: Maybe<string>, path: string, name: string, check: (value: string) => string | null): string | null {
    if (value === undefined || value === null) return null;
    const problem = check(value);
    if (problem !== null) this.expect(`${path}.${name}`, problem);
    return value;
  }

  /** The member `attributes` of what stands at `parent`. */
  attributes(value: unknown, parent: string): JsonObject | null {
    if (value === undefined || value === null) return null;
    const path = `${parent}.attributes`;
    if (typeof value !== "object" || Array.isArray(value)) {
      this.expect(path, "must be a JSON object");
      return null;
    }
    const { attributeBytes, attributeDepth } = this.limits;
    const problem = jsonProblem(value, attributeDepth);
    if (problem !== null) {
      this.expect(
        path,
        problem === "is nested too deeply" ? `must be nested at most ${attributeDepth} levels deep` : problem,
      );
      return null;
    }
    if (canonicalJson(value as Json).length > attributeBytes)
      this.expect(path, `must have at most ${attributeBytes} characters as JSON`);
    return value as JsonObject;
  }

  list(
    values: Maybe<readonly string[]>,
    max: number,
    path: string,
    name: string,
    check: (value: string) => string | null,
  ): readonly string[] | null {
    if (values === undefined || values === null) return null;
    if (values.length > max) this.expect(`${path}.${name}`, `must have at most ${max} items`);
    else
      for (const [i, value] of values.entries()) {
        const problem = check(value);
        if (problem !== null) this.expect(`${path}.${name}[${i}]`, problem);
      }
    return values;
  }
}

const max256 = (value: string): string | null => textProblem(value, 256);
const max1024 = (value: string): string | null => textProblem(value, 1024);
export const scopeTokenProblem = (value: string): string | null =>
  isScopeToken(value)
    ? null
    : "must be a scope token: 1 to 256 characters from %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3)";

export function readSubject(reader: Reader, input: AuthorizeInput["subject"], path: string): Subject | null {
  if (input === undefined || input === null) return null;
  const id = reader.text(input.id, path, "id", identifierProblem) ?? "";
  const type = reader.text(input.type ?? "user", path, "type", identifierProblem) ?? "user";
  const organization = reader.text(input.organization, path, "organization", identifierProblem);
  const attributes = reader.attributes(input.attributes, path);
  return { attributes, id, organization, type };
}

function readResource(reader: Reader, input: AuthorizeInput["resource"], path: string): Resource {
  const type = reader.text(input.type, path, "type", resourceTypeProblem) ?? "";
  const id = reader.text(input.id, path, "id", identifierProblem);
  const patient = reader.text(input.patient, path, "patient", identifierProblem);
  const organization = reader.text(input.organization, path, "organization", identifierProblem);
  const labels = reader.list(input.labels, reader.limits.labels, path, "labels", identifierProblem);
  const attributes = reader.attributes(input.attributes, path);
  return { attributes, id, labels, organization, patient, type };
}

export function readContext(reader: Reader, input: AuthorizeInput["context"], path: string): RequestContext | null {
  if (input === undefined || input === null) return null;
  const patient = reader.text(input.patient, path, "patient", identifierProblem);
  const ipAddress = reader.text(input.ipAddress, path, "ipAddress", max256);
  const region = reader.text(input.region, path, "region", max256);
  const userAgent = reader.text(input.userAgent, path, "userAgent", max1024);
  const tokenId = reader.text(input.tokenId, path, "tokenId", max256);
  const attributes = reader.attributes(input.attributes, path);
  return { attributes, ipAddress, patient, region, tokenId, userAgent };
}

/**
 * Stage 1 of a decision: well formed and within limits, or every problem with its path. Nothing is normalized. The
 * members of the request, and of its parts, stand in the order of canonical JSON, which then costs little.
 */
export function parseAuthorizeInput(
  input: AuthorizeInput,
  path: string,
  limits: InputLimits = DEFAULT_INPUT_LIMITS,
): ParsedInput {
  const reader = new Reader(limits);
  const clientId = reader.text(input.clientId, path, "clientId", identifierProblem) ?? "";
  const subject = readSubject(reader, input.subject, `${path}.subject`);
  const scopes = reader.list(input.scopes, limits.scopes, path, "scopes", scopeTokenProblem);
  const action = reader.text(input.action, path, "action", actionProblem) ?? "";
  const resource = readResource(reader, input.resource, `${path}.resource`);
  const purposeOfUse = reader.text(input.purposeOfUse, path, "purposeOfUse", identifierProblem);
  const context = readContext(reader, input.context, `${path}.context`);
  const requestId = reader.text(input.requestId, path, "requestId", identifierProblem);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, request: { action, clientId, context, purposeOfUse, requestId, resource, scopes, subject } };
}
