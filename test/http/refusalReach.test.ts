// The cases of test/cases/refusalReach.yaml and codeSpellings.yaml: recorded by GraphQL as consents and as FHIR Consents, asked by GraphQL and AuthZEN, on both databases.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { type Backend, backends } from "../storage/backends.ts";
import { post } from "./authzenSupport.ts";
import { type Answer, applyPolicy, type Service, startService } from "./support.ts";

type Part = { readonly [name: string]: unknown };
interface Asked {
  readonly purpose?: string | null;
  readonly client?: string;
  readonly subject?: Part | null;
  /** It is the patient who asks, as a subject of this type. */
  readonly own?: string;
  readonly resource?: Part;
  readonly organization?: string;
  readonly search?: boolean;
  /** By GraphQL alone: AuthZEN has a place of its own for it. */
  readonly via?: "graphql";
  /** Asked once for each: the purpose, or a label beside those of the resource, or the only one of its codes, is so. */
  readonly eachPurpose?: readonly string[];
  readonly eachLabel?: readonly string[];
  readonly eachCode?: readonly string[];
  /** REFUSED: it is BAD_USER_INPUT, and by AuthZEN no permission. */
  readonly outcome: "ALLOW" | "DENY" | "REFUSED";
  readonly reason?: string;
}
interface Case {
  readonly name: string;
  /** Put into the directory before and after the consents are recorded. */
  readonly directory?: readonly Part[];
  readonly later?: readonly Part[];
  /** What is recorded, in this order: `consent` as `recordConsent` takes it, or `provision` of a FHIR Consent. */
  readonly record: readonly {
    readonly consent?: Part;
    readonly provision?: Part;
    readonly policyRule?: string;
    readonly date?: string;
    /** Of the FHIR Consent; each database has its own. */
    readonly id?: string;
    readonly untilLinked?: "ALL";
    readonly replacesAll?: boolean;
    /** The paths of its problems, with what the first says in part. */
    readonly refused?: { readonly [path: string]: string };
  }[];
  readonly ask?: readonly Asked[];
}

const cases = ["refusalReach", "codeSpellings"].flatMap(
  (name) =>
    (parse(readFileSync(`test/cases/${name}.yaml`, "utf8"), { merge: true }) as { readonly cases: readonly Case[] })
      .cases,
);
const HL7 = "http://terminology.hl7.org/CodeSystem/";
const START = Date.parse("2026-11-24T12:00:00Z");
const justification = "This policy is for a test.";
const POLICY = [
  { putClient: { id: "ehr", name: "EHR" } },
  { putClient: { id: "other-app", name: "Other" } },
  { putRole: { name: "nurse" } },
  { putRole: { name: "charge_nurse", inherits: ["nurse"] } },
  { putRole: { name: "clerk" } },
  { putScope: { name: "view", atoms: [{ resourceType: "*", actions: ["read", "search"] }], justification } },
  { activateScope: { name: "view" } },
  ...["ehr", "other-app"].map((clientId) => ({ grantScope: { clientId, scope: "view" } })),
  { putRule: { id: "any", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*", justification } },
  ...[
    ["clinic", "PERMIT"],
    ["strict", "DENY"],
  ].map(([id, silence]) => ({
    putOrganization: {
      id,
      justification,
      settings: { consentOnSilence: [{ silence }], specialProtection: "TRUSTED" },
    },
  })),
];
const PUT = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "t") { revision } }';
const RECORD = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }";
const RECORD_FHIR = `mutation($resource: JSON!, $untilLinked: UntilLinked REPLACES) {
  recordFhirConsent(resource: $resource, untilLinked: $untilLinked PASSES reason: "a case") { id } }`;
const ASK = "query($input: AuthorizeInput!) { authorize(input: $input) { outcome reasons { code } } }";

const coding = (system: string) => (code: string) => {
  const bar = code.lastIndexOf("|");
  return bar < 0 ? { system: HL7 + system, code } : { system: code.slice(0, bar), code: code.slice(bar + 1) };
};
const listed = (value: unknown): readonly string[] => value as readonly string[];

/** One for each spelling that is asked. */
function spelt({ eachCode, eachLabel, eachPurpose, ...asked }: Asked): readonly Asked[] {
  const { resource = {} } = asked;
  const beside = (resource.labels ?? ["N"]) as readonly string[];
  return [
    ...(eachPurpose ?? []).map((purpose) => ({ ...asked, purpose })),
    ...(eachLabel ?? []).map((label) => ({ ...asked, resource: { ...resource, labels: [...beside, label] } })),
    ...(eachCode ?? []).map((code) => ({
      ...asked,
      resource: { ...resource, attributes: { code, "component-code": [], category: "http://house.example|x" } },
    })),
    ...(eachPurpose || eachLabel || eachCode ? [] : [asked]),
  ];
}

/** A provision with its codes and actors as FHIR writes them; an actor with a bar is an identifier. */
function written({ actor, code, label, provision, purpose, type, ...rest }: Part): Part {
  const role = { coding: [{ system: `${HL7}v3-ParticipationType`, code: "IRCP" }] };
  const referenceTo = (text: string) => {
    const [system, value] = text.split("|");
    return value === undefined ? { reference: text } : { identifier: { system, value } };
  };
  const ofLabel = (text: string) =>
    coding(["U", "L", "M", "N", "R", "V"].includes(text) ? "v3-Confidentiality" : "v3-ActCode")(text);
  return {
    ...rest,
    ...(type !== undefined && { type }),
    ...(actor !== undefined && { actor: listed(actor).map((each) => ({ role, reference: referenceTo(each) })) }),
    ...(purpose !== undefined && { purpose: listed(purpose).map(coding("v3-ActReason")) }),
    ...(label !== undefined && { securityLabel: listed(label).map(ofLabel) }),
    ...(code !== undefined && { code: listed(code).map((each) => ({ coding: [coding("")(each)] })) }),
    ...(provision !== undefined && { provision: (provision as readonly Part[]).map(written) }),
  };
}

for (const { name: database, start } of backends)
  describe(`what refusals reach, on ${database}`, { timeout: 600_000 }, () => {
    let backend: Backend;
    let service: Service;
    let now = START;
    let [portal, asker] = ["", ""];

    before(async () => {
      backend = await start();
      service = await startService({ DATABASE_URL: await backend.fresh() }, { clock: () => now });
      assert.equal((await applyPolicy(service, POLICY)).body.errors, undefined);
      portal = (await service.createKey("CONSENT")).key;
      asker = (await service.createKey("SERVICE")).key;
    });
    after(async () => {
      await service.stop();
      await backend.stop();
    });

    const record = (
      patient: string,
      { consent, date, id, policyRule, provision, replacesAll, untilLinked }: Case["record"][number],
    ): Promise<Answer> => {
      if (consent !== undefined) {
        const source = { kind: "PORTAL" };
        const input = { patient, source, reason: "a case", ...consent };
        return service.ask(RECORD, { variables: { input }, key: portal });
      }
      const resource = {
        resourceType: "Consent",
        ...(id !== undefined && { id }),
        status: "active",
        scope: { coding: [{ system: `${HL7}consentscope`, code: "patient-privacy" }] },
        patient: { reference: `Patient/${patient}` },
        dateTime: date ?? new Date(now).toISOString(),
        ...(policyRule !== undefined && { policyRule: { coding: [{ system: `${HL7}v3-ActCode`, code: policyRule }] } }),
        ...(provision !== undefined && { provision: written(provision) }),
      };
      const query = RECORD_FHIR.replace("REPLACES", replacesAll === undefined ? "" : ", $replacesAll: Boolean").replace(
        "PASSES",
        replacesAll === undefined ? "," : ", replacesAll: $replacesAll,",
      );
      return service.ask(query, { variables: { resource, untilLinked, replacesAll }, key: portal });
    };

    async function put(entities: readonly Part[] | undefined): Promise<void> {
      if (entities === undefined) return;
      const { body, text } = await service.ask(PUT, { variables: { entities } });
      assert.equal(body.errors, undefined, text);
    }

    async function check(patient: string, asked: Asked): Promise<void> {
      const { client = "ehr", organization = "clinic", outcome, purpose = "TREAT", reason, search = false } = asked;
      const who = asked.own === undefined ? { id: "doc" } : { id: patient, type: asked.own };
      const subject = asked.subject === null ? null : { ...who, ...asked.subject };
      const { attributes: stated, id = "o1", type = "Observation", ...more } = asked.resource ?? {};
      const labels = search ? undefined : ["N"];
      const resource = { type, patient, organization, labels, ...more, attributes: stated, ...(!search && { id }) };
      const action = search ? "search" : "read";
      const input = { clientId: client, scopes: ["view"], action, purposeOfUse: purpose, subject, resource };
      const { body, text } = await service.ask(ASK, { variables: { input }, key: asker });
      const told = `${JSON.stringify(asked)}: ${text}`;
      if (outcome === "REFUSED") assert.equal(body.errors?.[0]?.extensions?.code, "BAD_USER_INPUT", told);
      else {
        assert.equal(body.errors, undefined, told);
        const { outcome: found, reasons } = body.data.authorize;
        assert.equal(found, outcome, told);
        if (reason !== undefined) assert.equal(reasons[0].code, reason, told);
      }
      if (asked.via === "graphql") return;
      const { attributes, organization: own, type: subjectType = "user", id: subjectId } = (subject ?? {}) as Part;
      const evaluation = {
        subject:
          subject === null
            ? { type: "client", id: client, ...(own !== undefined && { properties: { organization: own } }) }
            : {
                type: subjectType,
                id: subjectId,
                properties: { ...(attributes as Part), ...(own !== undefined && { organization: own }) },
              },
        action: { name: action },
        resource: {
          type,
          id: search ? "-" : id,
          properties: { patient, organization, ...(labels && { labels }), ...more, ...(stated as Part) },
        },
        context: { client_id: client, scopes: "view", ...(purpose !== null && { purpose_of_use: purpose }) },
      };
      const authzen = await post(service, "/access/v1/evaluation", evaluation, { key: asker });
      assert.equal(authzen.body.decision === true, outcome === "ALLOW", `${told} ${authzen.text}`);
    }

    for (const [i, { ask = [], directory, later, name, record: all }] of cases.entries())
      test(name, async () => {
        const patient = `patient-${i}`;
        await put(directory);
        for (const each of all) {
          now += 60_000;
          const { body, text } = await record(patient, each);
          if (each.refused === undefined) {
            assert.equal(body.errors, undefined, text);
            continue;
          }
          const problems: readonly { readonly path: string; readonly message: string }[] =
            body.errors?.[0]?.extensions?.problems ?? [];
          const wanted = Object.entries(each.refused);
          assert.deepEqual(
            problems.map(({ path }) => path),
            wanted.map(([path]) => path),
            text,
          );
          for (const [k, [, part]] of wanted.entries()) assert.ok(problems[k]?.message.includes(part), text);
        }
        await put(later);
        now += 60_000;
        for (const each of ask.flatMap(spelt)) await check(patient, each);
      });
  });
