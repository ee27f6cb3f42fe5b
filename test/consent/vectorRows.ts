// The rows of test/vectors/consent: what they give and what they expect, as this project says it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFhirConsent } from "../../src/domain/consent/fhir/readFhirConsent.ts";
import { SPECIALLY_PROTECTED } from "../../src/domain/consent/specialProtection.ts";
import type {
  Consent,
  ConsentAnswer,
  ConsentObligation,
  ConsentProblem,
  ConsentQuestion,
  DataCondition,
  DataReference,
} from "../../src/domain/consent/types.ts";
import { patientId } from "../../src/domain/kernel/patientId.ts";
import { spanOfDate } from "../../src/domain/scopes/compare/instants.ts";
import { labelCode, purposeCode } from "../support/oneForm.ts";
import { statedCodes, statedReferences } from "./statedData.ts";

interface Period {
  readonly start?: string;
  readonly end?: string;
}
interface Condition {
  readonly securityLabel?: readonly string[];
  readonly class?: readonly string[];
  readonly code?: readonly string[];
  readonly data?: readonly DataReference[];
  readonly dataPeriod?: Period;
}
type Obligation =
  | { readonly type: "filter" | "redact"; readonly anyOf: readonly Condition[] }
  | { readonly type: "label" };

export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly consents: readonly (string | { readonly id: string })[];
  readonly includeNarrower?: readonly string[];
  /** Ids of consents that were recorded with `replacesAll`. */
  readonly replacesAll?: readonly string[];
  readonly implicitPolicy: string;
  readonly request: {
    readonly patient: string;
    readonly recipient: {
      readonly organization?: string;
      readonly practitioner?: string;
      readonly client?: string;
      readonly groups?: readonly string[];
      readonly identifiers?: readonly string[];
    };
    readonly purpose?: string | readonly string[];
    readonly date: string;
    readonly action?: string;
    readonly consentScope?: string | null;
    readonly mode: "set" | "resource";
    readonly resourceType: string;
    readonly resource?: string;
    readonly labels?: readonly string[];
    readonly category?: string;
    readonly codes?: readonly string[];
    readonly dataDate?: string;
    readonly author?: readonly string[];
    readonly refersTo?: readonly string[];
    readonly referredToBy?: readonly string[];
  };
  readonly expect: {
    readonly outcome: ConsentAnswer["outcome"];
    readonly effect?: "PERMIT" | "DENY";
    readonly reason?: readonly string[];
    readonly basedOn?: readonly string[];
    readonly obligations?: readonly Obligation[];
    readonly import?: { readonly refused: string };
    readonly why: string;
  };
}

const file = (name: string): string => readFileSync(new URL(`../vectors/consent/${name}`, import.meta.url), "utf8");

export const rows: readonly Row[] = ["pcf", "leap", "own"].flatMap((from) =>
  file(`consent-${from}-cases.jsonl`)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row),
);

const { consents: examples } = JSON.parse(file("consent-pcf.json")) as {
  readonly consents: readonly { readonly id: string }[];
};

/** The resource that a row names or has. */
export const resourceOf = (consent: Row["consents"][number]): { readonly id: string } => {
  if (typeof consent !== "string") return consent;
  const example = examples.find(({ id }) => id === consent);
  assert.ok(example, `there is no example ${consent}`);
  return example;
};

const NS_A_MS = 1_000_000n;

/** The first millisecond of a date, and the first after it. */
function spanOf(text: string): readonly [number, number] {
  const span = spanOfDate(text);
  assert.ok(span, text);
  return [Number(span.from / NS_A_MS), Number(span.to / NS_A_MS)];
}

/** What the service keeps of an imported resource. */
export function imported(resource: { readonly id: string }, row: Row): Consent {
  const includeNarrower = row.includeNarrower?.includes(resource.id) ?? false;
  const { madeAt, step, terms } = readFhirConsent(resource, {
    includeNarrower,
    replacesAll: row.replacesAll?.includes(resource.id) ?? false,
  });
  const kept = { kind: "FHIR", reference: null } as const;
  const recorded = { recordedBy: "importer", recordedAt: spanOf("2026-01-01")[0], reason: "a case", source: kept };
  return { ...terms, id: resource.id, version: 1, step, madeAt, ...recorded };
}

const bare = (reference: string): string => reference.slice(reference.indexOf("/") + 1);
const codes = (system: string, code: string) => `http://terminology.hl7.org/CodeSystem/${system}|${code}`;

function subjectOf(practitioner: string | undefined): ConsentQuestion["recipient"]["subject"] {
  if (practitioner === undefined) return null;
  const [type = "", id = ""] = practitioner.split("/");
  return { id, type };
}

/** A bare id beside its type is the same reference. */
function referenceOf({ resource, resourceType }: Row["request"]): string | undefined {
  if (resource === undefined) return undefined;
  return resource.includes("/") ? resource : `${resourceType}/${resource}`;
}

export function questionOf({ request }: Row): ConsentQuestion {
  const { action, consentScope, mode, purpose, recipient, resourceType } = request;
  const made = request.dataDate === undefined ? undefined : spanOf(request.dataDate);
  const resource = {
    kind: "RESOURCE",
    resourceType,
    reference: referenceOf(request),
    labels: request.labels?.map(labelCode),
    categories: statedCodes(request.category === undefined ? undefined : [request.category]),
    codes: {
      ...statedCodes(request.codes),
      // `code` matches anywhere in the resource, category too.
      codes: statedCodes([...(request.codes ?? []), ...(request.category === undefined ? [] : [request.category])])
        .codes,
    },
    madeAt: made === undefined ? undefined : ([made[0], made[1] - 1] as const),
    authors: statedReferences(request.author, true),
    perhapsAuthors: statedReferences([], true),
    references: statedReferences(request.refersTo),
    referredToBy: request.referredToBy,
  } as const;
  return {
    patient: patientId(request.patient),
    recipient: {
      clientId: recipient.client === undefined ? "" : bare(recipient.client),
      subject: subjectOf(recipient.practitioner),
      roles: new Set(),
      organization: recipient.organization === undefined ? null : bare(recipient.organization),
      groups: recipient.groups ?? [],
      identifiers: recipient.identifiers ?? [],
      fhirReferences: [],
      fhirUsers: [],
      namesakes: [],
      who: null,
      linked: new Set(),
      maybe: { groups: [], identifiers: [], careTeam: [], organizations: [], patientRecord: null, roles: [] },
    },
    purposes: [purpose ?? []].flat().map(purposeCode),
    scope: null,
    action: action === undefined ? null : codes("consentaction", action),
    at: spanOf(request.date)[0],
    ...(consentScope !== undefined && {
      area: consentScope === null ? null : codes("consentscope", consentScope),
    }),
    data: mode === "set" ? { kind: "SET", resourceType } : resource,
  };
}

/** The words of the rows for what this project says. */
export const REASONS: Readonly<Record<ConsentProblem, readonly string[]>> = {
  NONE: ["NONE_GIVEN"],
  REFUSED: ["REFUSED"],
  NOT_YET: ["NONE_GIVEN"],
  WITHDRAWN: ["NOT_ACTIVE"],
  EXPIRED: ["EXPIRED"],
  OTHER_PURPOSE: ["PURPOSE"],
  OTHER_RECIPIENT: ["RECIPIENT"],
  DATA_EXCEPTED: ["DATA_EXCEPTED", "DATA_NOT_COVERED"],
};

/** What silence comes to: what each of IHE PCF's implicit policies says. None releases what is specially protected. */
export function silencePermits({ implicitPolicy, request }: Row): boolean {
  if (request.labels?.map(labelCode).some((label) => SPECIALLY_PROTECTED.includes(label))) return false;
  const purposes = [request.purpose ?? []].flat();
  const all = (code: string) => purposes.length > 0 && purposes.every((each) => each === codes("v3-ActReason", code));
  switch (implicitPolicy) {
    case "Policy-all-normal":
      return true;
    case "Policy-basic-normal":
      return all("TREAT");
    case "Policy-break-glass-only":
      return all("BTG") && (request.recipient.groups ?? []).some((group) => group.endsWith("rivilegedUsers"));
    case "Policy-deny":
      return false;
    default:
      return assert.fail(`unknown implicit policy ${implicitPolicy}`);
  }
}

function conditionOf(condition: Condition): DataCondition {
  const { class: types, code, data, dataPeriod, securityLabel, ...rest } = condition;
  assert.deepEqual(rest, {});
  const { end, start } = dataPeriod ?? {};
  return {
    ...(types !== undefined && { resourceTypes: types.map((each) => each.slice(each.lastIndexOf("|") + 1)) }),
    ...(securityLabel !== undefined && { labels: securityLabel }),
    ...(code !== undefined && { codes: code }),
    ...(data !== undefined && { references: data }),
    ...(start !== undefined && { from: spanOf(start)[0] }),
    ...(end !== undefined && { until: spanOf(end)[1] }),
  };
}

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|";
const RANKS = ["U", "L", "M", "N", "R", "V"];

/** The same meaning in the same words: of several confidentialities the one that takes in the others. */
function meaningOf(condition: DataCondition, type: "filter" | "redact"): unknown {
  const { labels, ...rest } = condition;
  if (labels === undefined) return rest;
  const ranks = labels.filter((each) => each.startsWith(CONFIDENTIALITY)).map((each) => RANKS.indexOf(each.slice(-1)));
  const others = labels.filter((each) => !each.startsWith(CONFIDENTIALITY)).sort();
  const rank = ranks.length === 0 ? [] : [RANKS[type === "filter" ? Math.max(...ranks) : Math.min(...ranks)]];
  return { ...rest, labels: [...others, ...rank] };
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** What a row expects, in the words of this project. */
export const expectedObligations = ({ expect }: Row): readonly ConsentObligation[] =>
  (expect.obligations ?? []).map((each) =>
    each.type === "label" ? { type: "label" } : { type: each.type, anyOf: each.anyOf.map(conditionOf) },
  );

/** Obligations by what they mean. Where labels are not wanted, `label` is left out: more of it is no fault. */
export function meanings(obligations: readonly ConsentObligation[], wanted: Row): readonly unknown[] {
  const withLabel = wanted.expect.obligations?.some(({ type }) => type === "label") ?? false;
  const counted = obligations.filter(({ type }) => type !== "label" || withLabel);
  const meant = counted.map((each) =>
    each.type === "label"
      ? each
      : { type: each.type, anyOf: each.anyOf.map((one) => meaningOf(one, each.type)).sort(byText) },
  );
  return meant.sort(byText);
}
