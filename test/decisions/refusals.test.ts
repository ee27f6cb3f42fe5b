// The cases of test/cases/refusals.yaml: what is recorded is read as it arrives, and decided, and decided again by what its record names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { parse } from "yaml";
import { type RecordConsentInput, readConsent } from "../../src/domain/consent/consentInput.ts";
import { readFhirInput } from "../../src/domain/consent/fhir/readFhirInput.ts";
import { codingOf } from "../../src/domain/consent/hl7Codes.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { type GatheredFacts, gatherFacts, linkedNow, namesOf } from "../../src/domain/decisions/gather.ts";
import { knownEntities } from "../../src/domain/decisions/mergeFacts.ts";
import { summaryText } from "../../src/domain/decisions/summaryText.ts";
import type { AccessRequest, FactName } from "../../src/domain/decisions/types.ts";
import { type Directory, directoryOf } from "../../src/domain/directory/directory.ts";
import type { Entity } from "../../src/domain/directory/entity.ts";
import { type PutEntity, readEntities } from "../../src/domain/directory/readEntities.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { Silence, SpecialProtection } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";

type Part = { readonly [name: string]: unknown };
interface Case {
  readonly name: string;
  readonly silence?: Silence;
  readonly specialProtection?: SpecialProtection | null;
  readonly purposeRequired?: boolean;
  readonly part2Program?: boolean;
  readonly directory?: readonly PutEntity[];
  readonly directoryThen?: readonly PutEntity[];
  readonly consents?: readonly Part[];
  readonly fhir?: readonly { readonly provision: Part; readonly policyRule?: string; readonly untilLinked?: "ALL" }[];
  readonly scopes?: readonly string[];
  readonly request?: Part & { readonly subject?: Part | null; readonly resource?: Part };
  readonly refused?: { readonly [path: string]: string };
  readonly expect?: {
    readonly outcome: "ALLOW" | "DENY";
    readonly reasons: readonly string[];
    readonly obligations?: readonly string[];
    readonly redacts?: readonly string[];
    readonly summary?: string;
  };
}

const { cases } = parse(readFileSync("test/cases/refusals.yaml", "utf8")) as { readonly cases: readonly Case[] };
const NOW = Date.parse("2026-06-15T12:00:00Z");
const HL7 = "http://terminology.hl7.org/CodeSystem/";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

function policyOf({
  part2Program = false,
  purposeRequired = false,
  silence = "PERMIT",
  specialProtection = "TRUSTED",
}: Case): Snapshot {
  const justification = "This policy is for a test.";
  const scopes: readonly PolicyOperation[] = [
    {
      putScope: {
        name: "view",
        atoms: ["*", "lab_order"].map((resourceType) => ({
          resourceType,
          actions: ["read", "search", "create", "update", "$export", "$everything"],
        })),
        justification,
      },
    },
    { activateScope: { name: "view" } },
    ...["view", "patient/*.rs", "system/*.rs"].map((scope) => ({ grantScope: { clientId: "ehr", scope } })),
  ];
  const operations: readonly PolicyOperation[] = [
    { putClient: { id: "ehr", name: "EHR" } },
    ...scopes,
    {
      putRule: {
        ...{ id: "anyone", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*", justification },
      },
    },
    {
      putOrganization: {
        id: "clinic",
        settings: {
          consentOnSilence: [{ purpose: null, silence }],
          purposeRequired,
          part2Program,
          ...(specialProtection !== null && { specialProtection }),
        },
        justification,
      },
    },
  ];
  const { checkCondition, readCondition } = engine;
  const applied = applyOperations(emptySnapshot(), operations, {
    now: 0,
    newId: () => "r",
    checkCondition,
    readCondition,
  });
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  return applied.snapshot;
}

const known = (entities: readonly PutEntity[] = []): Directory =>
  directoryOf(entities.length === 0 ? [] : readEntities(entities).map((entity) => ({ ...entity, version: 1 })), 1);

/** A provision with its actors and purposes as FHIR writes them. */
function written({ actor, provision, purpose, ...rest }: Part): Part {
  const role = { coding: [{ system: `${HL7}v3-ParticipationType`, code: "IRCP" }] };
  const actors = actor as readonly string[] | undefined;
  const purposes = purpose as readonly string[] | undefined;
  return {
    ...rest,
    ...(actors && { actor: actors.map((reference) => ({ role, reference: { reference } })) }),
    ...(purposes && { purpose: purposes.map((code) => ({ system: `${HL7}v3-ActReason`, code })) }),
    ...(provision !== undefined && { provision: (provision as readonly Part[]).map(written) }),
  };
}

/** What is recorded, or the problems by their paths. */
function recorded({ consents = [], directory, directoryThen, fhir = [] }: Case, snapshot: Snapshot) {
  const facts = { directory: known(directoryThen ?? directory), snapshot, fhirVersion: "R4", now: NOW - 1 } as const;
  const own = consents.map((each) => {
    const source = { kind: "PORTAL", reference: null };
    const read = readConsent(
      { patient: "ann", source, reason: "a case", ...each } as unknown as RecordConsentInput,
      facts,
    );
    assert.ok("patient" in read, JSON.stringify(read));
    return read;
  });
  const imported = fhir.map(({ policyRule, provision, untilLinked }) => {
    const resource = {
      resourceType: "Consent",
      status: "active",
      scope: { coding: [{ system: `${HL7}consentscope`, code: "patient-privacy" }] },
      patient: { reference: "Patient/ann" },
      dateTime: "2026-01-01",
      ...(policyRule !== undefined && { policyRule: { coding: [{ system: `${HL7}v3-ActCode`, code: policyRule }] } }),
      provision: written(provision),
    };
    return readFhirInput({ resource, untilLinked, reason: "a case" }, facts).content;
  });
  return [...own, ...imported].map(
    (each, i): Consent => ({ ...each, id: `c${i}`, version: 1, recordedBy: "portal", recordedAt: NOW - 1 }),
  );
}

function requestOf({ request = {}, scopes = ["view"] }: Case): AccessRequest {
  const { resource, subject, ...rest } = request;
  const input = {
    clientId: "ehr",
    scopes: rest.action === "$export" ? ["system/*.rs"] : scopes,
    action: "read",
    purposeOfUse: "TREAT",
    ...rest,
    subject: subject === null ? null : { id: "doc", ...subject },
    resource: { type: "Observation", id: "o1", patient: "ann", organization: "clinic", ...resource },
  };
  const parsed = parseAuthorizeInput(input as unknown as AuthorizeInput, "input");
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.request;
}

/** The directory of which a record names these entities. */
const namedDirectory = (names: readonly FactName[]): Directory =>
  directoryOf(
    names.flatMap((name) =>
      name.kind === "ENTITY" ? [{ ...name, properties: name.properties ?? null } satisfies Entity] : [],
    ),
    1,
  );

for (const one of cases)
  test(one.name, async () => {
    const snapshot = policyOf(one);
    let consents: readonly Consent[];
    try {
      consents = recorded(one, snapshot);
    } catch (error) {
      if (!(error instanceof ScopewardenError)) throw error;
      const problems = Object.fromEntries(error.problems.map(({ message, path }) => [path, message]));
      assert.deepEqual([error.code, problems], ["BAD_USER_INPUT", one.refused]);
      return;
    }
    assert.equal(one.refused, undefined, "it was to be refused");
    assert.ok(one.expect);
    const directory = known(one.directory);
    const request = requestOf(one);
    const source = { gather: () => [{ consents }] };
    const gathered = await gatherFacts([source], { kind: "ACCESS", requests: [request], snapshot }, directory);
    const own = gathered.get(request) as GatheredFacts;
    const facts = { snapshot, directory, engine, now: NOW, gathered: own };
    const verdict = decide(facts, request);
    const { obligations, outcome, reasons } = verdict;
    const told = JSON.stringify(verdict);
    assert.deepEqual(
      [outcome, [...new Set(reasons.map(({ code }) => code))].sort()],
      [one.expect.outcome, one.expect.reasons],
      told,
    );
    assert.deepEqual(
      obligations.flatMap(({ type }) => (type === "filter" ? [] : [type])),
      one.expect.obligations ?? [],
      told,
    );
    if (one.expect.summary !== undefined)
      assert.equal(summaryText({ ...verdict, kind: "ACCESS", request }), one.expect.summary);
    if (one.expect.redacts !== undefined) {
      const redact = obligations.find(({ type }) => type === "redact")?.parameters as {
        readonly anyOf: readonly { readonly authors?: readonly string[]; readonly labels?: readonly string[] }[];
      };
      const withheld = redact.anyOf.flatMap(({ authors, labels }) =>
        labels === undefined ? (authors ?? []) : labels.map((label) => codingOf(label).code),
      );
      assert.deepEqual(withheld, one.expect.redacts);
    }
    // Made again by what its record names, it is the same to the byte.
    const names = namesOf(request, { gathered: own, known: knownEntities(directory, request) });
    const then = namedDirectory(names);
    const again = { consents, linked: linkedNow(consents, request, then) };
    assert.deepEqual(decide({ ...facts, directory: then, gathered: again }, request), verdict);
  });
