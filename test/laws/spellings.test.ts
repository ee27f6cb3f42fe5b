// Two spellings of one value decide alike at every stage, whatever policy, consents and emergencies say.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { checkConsents } from "../../src/domain/consent/checkConsents.ts";
import type { ResourceData } from "../../src/domain/consent/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { consents, question, resource } from "../consent/arbitraries.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { atLeast, runs } from "../support/budget.ts";
import { labelCode, purposeCode } from "../support/oneForm.ts";
import { aimed, inputOf, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const HL7 = "http://terminology.hl7.org/CodeSystem/";
type Spelling = (code: string) => string;
/** Of a code of one of HL7's systems, by its name there and its OID. */
const spellingsIn = (name: string, oid: string): readonly Spelling[] => [
  (code) => code.toLowerCase(),
  (code) => `${HL7}${name}|${code}`,
  (code) => `${HL7}${name}|${code.toLowerCase()}`,
  (code) => `urn:oid:${oid}|${code}`,
  (code) => `http://hl7.org/fhir/${name.replace("-", "/")}|${code}`,
  (code) => `https://terminology.hl7.org/CodeSystem/${name}/|${code}`,
];
const OF_PURPOSE = spellingsIn("v3-ActReason", "2.16.840.1.113883.5.8");
const ofAny = (name: string): readonly Spelling[] => [
  (code) => `${HL7}${name}?v=2|${code}`,
  (code) => `${HL7}${name};v=2|${code}`,
  (code) => `${HL7}${name}/version/2|${code}`,
  (code) => `${HL7}${name}|${code}|2`,
  (code) => encodeURIComponent(`${HL7}${name}|${code}`),
  wide,
];
/** In full-width letters. */
const wide: Spelling = (code) => code.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
const OF_CONFIDENTIALITY = [
  ...ofAny("v3-Confidentiality"),
  ...spellingsIn("v3-Confidentiality", "2.16.840.1.113883.5.25"),
  (code: string) => `${HL7}v3-Confidentiality|2.0.0|${code}`,
  (code: string) => `${HL7}v3-Confidentiality#${code}`,
];
const OF_SENSITIVITY = [
  ...ofAny("v3-ActCode"),
  ...spellingsIn("v3-ActCode", "2.16.840.1.113883.5.4"),
  (code: string) => `urn:oid:2.16.840.1.113883.1.11.20428|${code}`,
  (code: string) => `urn:hl7-org:v3|${code}`,
  (code: string) => `${code}^as a text^2.16.840.1.113883.5.4`,
  (code: string) => `${code}|${HL7}v3-ActCode`,
  (code: string) => `${code}#1`,
  (code: string) => `https://hl7.org/fhir/R4/v3/ActCode/cs.html|${code}`,
  (code: string) => `v3-ActCode:${code}`,
  (code: string) => `${HL7}v3-ActCode^${code}`,
];
const isConfidentiality = (label: string): boolean => ["U", "L", "M", "N", "R", "V"].includes(label);

const purposes = fc.constantFrom("TREAT", "HRESCH", "HPAYMT", "BTG", "HMARKT", "ETREAT");
const labels = fc.uniqueArray(fc.constantFrom("N", "R", "V", "HIV", "SUD", "ETHUD", "PSYTHPN"), {
  minLength: 1,
  maxLength: 3,
});

/** Of a label, what is none of HL7's codes and may be meant for it. */
const PERHAPS: readonly Spelling[] = [
  (code) => `${code},U`,
  (code) => `U ${code}`,
  (code) => `["${code}"]`,
  (code) => `${HL7}v3-ObservationValue|${code}`,
  (code) => `urn:oid:2.16.840.1.113883.3.99|${code}`,
  (code) => `house|${code}`,
];
/** Of a purpose, what is none of HL7's codes and may be meant for it. */
const PERHAPS_PURPOSE: readonly Spelling[] = [
  (code) => `urn:oid:2.16.840.1.113883.1.11.20448|${code}`,
  (code) => `urn:hl7-org:v3|${code}`,
  (code) => `urn:oid:2.16.840.1.113883.5.8/|${code}`,
  (code) => `${HL7}v3-ActReason?v=2|${code}`,
  (code) => `${HL7}v3-ActReason|${code}|1`,
  (code) => `${HL7}v3-ActReason%7C${code}`,
  (code) => `${code},U`,
  wide,
];

/** The request as it is spelt in so manieth a way. */
function spelt(input: AuthorizeInput, way: number): AuthorizeInput {
  const by = (spellings: readonly Spelling[], code: string): string =>
    spellings[way % spellings.length]?.(code) ?? code;
  const { labels: plain } = input.resource;
  const others = (plain ?? []).map((each) => by(isConfidentiality(each) ? OF_CONFIDENTIALITY : OF_SENSITIVITY, each));
  return {
    ...input,
    purposeOfUse: input.purposeOfUse ? by(OF_PURPOSE, input.purposeOfUse) : input.purposeOfUse,
    // One that stands there in two ways stands there once.
    resource: { ...input.resource, labels: plain ? [...others, ...others.slice(0, 1), ...plain.slice(0, 1)] : plain },
  };
}

function read(input: AuthorizeInput): AccessRequest {
  const parsed = parseAuthorizeInput(input, "input");
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.request;
}

/** Rules whose conditions name what they compare with in that way. */
const withSpeltConditions = (rows: Rows, way: number): Rows => ({
  ...rows,
  rules: rows.rules.map((rule) => ({
    ...rule,
    when:
      rule.when
        ?.replaceAll(
          '"R" in resource.labels',
          `"${OF_CONFIDENTIALITY[way % OF_CONFIDENTIALITY.length]?.("R")}" in resource.labels`,
        )
        .replaceAll(
          /purposeOfUse == "([A-Z]+)"/g,
          (_, code) => `purposeOfUse == "${OF_PURPOSE[way % OF_PURPOSE.length]?.(code)}"`,
        ) ?? null,
  })),
});

test("a request spelt in another way is decided alike, an access and a token", () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(
      fc.record({
        rows: policies,
        any: requests,
        n: fc.nat({ max: 40 }),
        way: fc.nat({ max: 200 }),
        purpose: purposes,
        labels,
        consents,
        isOpen: fc.boolean(),
      }),
      ({ rows, any, n, way, purpose, labels: borne, consents: of, isOpen }) => {
        const plain = inputOf(aimed(rows, any, n));
        const input = {
          ...plain,
          purposeOfUse: purpose,
          resource: { ...plain.resource, labels: borne, patient: plain.resource.patient ? "ann" : null },
        };
        const asked = parseAuthorizeInput(input, "input");
        if (!asked.ok) return;
        const { subject, resource } = asked.request;
        const breakGlasses =
          isOpen && subject !== null
            ? [
                keptBreakGlass("e", {
                  subject: { id: subject.id, type: subject.type },
                  patient: "ann",
                  organization: resource.organization ?? "*",
                  endsAt: NOW + 1,
                }),
              ]
            : [];
        const gathered = { breakGlasses, consents: of.map((each) => ({ ...each, patient: "ann" })) };
        const facts: DecideFacts = { snapshot: snapshotFrom(rows), engine, now: NOW, gathered };
        const other: DecideFacts = { ...facts, snapshot: snapshotFrom(withSpeltConditions(rows, way)) };
        const verdict = decide(facts, asked.request);
        outcomes.add(`${verdict.outcome} ${verdict.reasons.map(({ code }) => code).join(" ")}`);
        const again = read(spelt(input, way));
        assert.deepEqual(decide(facts, again), verdict);
        assert.deepEqual({ ...again, asSent: undefined }, { ...asked.request, asSent: undefined });
        assert.equal(decide(other, again).outcome, verdict.outcome, "so are rules that are spelt in another way");
        const token = { clientId: input.clientId, scopes: input.scopes ?? ["s1", "user/*.rs"], purposeOfUse: purpose };
        const [one, two] = [token, { ...token, purposeOfUse: spelt(input, way).purposeOfUse }].map((each) =>
          decideGrant(facts, parseGrantInput(each, "input").request),
        );
        assert.deepEqual(two, one);
      },
    ),
    { numRuns: runs(1500) },
  );
  const seen = (code: string): number => [...outcomes].filter((each) => each.includes(code)).length;
  assert.ok(seen("CONSENT_REFUSED") + seen("CONSENT_DATA_EXCEPTED") >= atLeast(3), [...outcomes].join("\n"));
  assert.ok(seen("BREAK_GLASS_REQUIRED") >= atLeast(3) && seen("ALLOW ") >= atLeast(3), [...outcomes].join("\n"));
});

const heldData: fc.Arbitrary<ResourceData> = resource.map((each) => ({ ...each, referredToBy: [] }));

test("what may be meant for a label, or for a purpose, is permitted by no consent that does not permit that, and refused with it", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      consents,
      question,
      heldData,
      fc.record({
        way: fc.nat({ max: 200 }),
        purpose: purposes,
        label: fc.constantFrom("R", "V", "HIV", "SUD", "ETHUD", "PSYTHPN"),
      }),
      (all, any, one, { label, purpose, way }) => {
        const by = (spellings: readonly Spelling[], code: string): string =>
          spellings[way % spellings.length]?.(code) ?? code;
        const ask = (code: string, bears: string) =>
          checkConsents(all, {
            ...any,
            purposes: [purposeCode(code)],
            data: { ...one, labels: [...(one.labels ?? []), labelCode(bears)] },
          });
        const plain = ask(purpose, label);
        const ofLabel = ask(purpose, by(PERHAPS, label));
        const ofPurpose = ask(by(PERHAPS_PURPOSE, purpose), label);
        seen.add(`${plain.outcome} label ${ofLabel.outcome}`).add(`${plain.outcome} purpose ${ofPurpose.outcome}`);
        const told = JSON.stringify({ label: by(PERHAPS, label), plain, ofLabel, ofPurpose });
        if (plain.outcome === "DENY") assert.equal(ofLabel.outcome, "DENY", told);
        if (plain.outcome !== "PERMIT") assert.notEqual(ofLabel.outcome, "PERMIT", told);
        assert.notEqual(ofPurpose.outcome, "PERMIT", told);
        const isRefusal = all.every(({ effect, exceptions }) => effect === "DENY" && exceptions.length === 0);
        if (isRefusal && plain.outcome === "DENY") assert.equal(ofPurpose.outcome, "DENY", told);
      },
    ),
    { numRuns: runs(4000) },
  );
  for (const each of ["DENY label DENY", "PERMIT label PERMIT", "DENY purpose DENY"])
    assert.ok(seen.has(each), [...seen].join("; "));
});

test("what may be meant for breaking the glass is refused where a request is read, or known for it", () => {
  for (const spelling of [...OF_PURPOSE, ...PERHAPS_PURPOSE, ...ofAny("v3-ActReason")]) {
    const asked = { clientId: "c", action: "read", resource: { type: "Observation" }, purposeOfUse: spelling("BTG") };
    const parsed = parseAuthorizeInput(asked, "input");
    assert.ok(!parsed.ok || parsed.request.purposeOfUse === "BTG", spelling("BTG"));
  }
});
