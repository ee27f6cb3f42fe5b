// Two spellings of one value decide alike at every stage, whatever policy, consents and emergencies say.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { consents } from "../consent/arbitraries.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { atLeast, runs } from "../support/budget.ts";
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
const OF_CONFIDENTIALITY = [
  ...spellingsIn("v3-Confidentiality", "2.16.840.1.113883.5.25"),
  (code: string) => `${HL7}v3-Confidentiality|2.0.0|${code}`,
  (code: string) => `${HL7}v3-Confidentiality#${code}`,
];
const OF_SENSITIVITY = [
  ...spellingsIn("v3-ActCode", "2.16.840.1.113883.5.4"),
  (code: string) => `v3-ActCode:${code}`,
  (code: string) => `${HL7}v3-ActCode^${code}`,
];
const isConfidentiality = (label: string): boolean => ["U", "L", "M", "N", "R", "V"].includes(label);

const purposes = fc.constantFrom("TREAT", "HRESCH", "HPAYMT", "BTG", "HMARKT", "ETREAT");
const labels = fc.uniqueArray(fc.constantFrom("N", "R", "V", "HIV", "SUD", "ETHUD", "PSYTHPN"), {
  minLength: 1,
  maxLength: 3,
});

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
