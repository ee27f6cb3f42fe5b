import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { CASE_POLICY, caseKinds, type KindOfCase, MORE_CALLERS, type SeenCase } from "./caseKinds.ts";

const AUDIENCE = "urn:scopewarden:test";
const ROLES = ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"];
const SCOPE = ROLES.map((role) => `scopewarden:${role.toLowerCase()}`).join(" ");
const DAY = 86_400_000;
/** Whoever opens or decides a case, or is meant by one. */
const PEOPLE = ["ada", "nora", "rita", "rose", "otto"];
/** By what else each of them comes, with every role. */
const ALIASES = ["account", "ACCOUNT", "resource", "RESOURCE"];
const as = (person: string, alias: string): string => `${person} by ${alias}`;

/** A case of each kind, in the states in which somebody takes a step. */
const CASES: readonly (readonly [kind: string, state: string])[] = [
  // First: samples are of a week that is over.
  ["SAMPLE", "OPEN"],
  ["REVIEW_CAMPAIGN", "OPEN decided"],
  ["REVIEW_ITEM", "of nobody's alone"],
  ["PROPOSAL", "OPEN"],
  ["PROPOSAL", "OPEN to suppress"],
  ["PROPOSAL", "APPROVED to suppress"],
  ["PROPOSAL", "OPEN of a review"],
  ["RESTRICTION", "IN_FORCE"],
  ["RESTRICTION", "IN_FORCE by an alert"],
  ["INQUIRY", "OPEN"],
  ["ALERT", "OPEN"],
  ["ALERT", "CLOSED"],
  ["BREAK_GLASS", "AWAITING_REVIEW ended"],
  ["LEGAL_HOLD", "IN_FORCE"],
  ["TOKEN_REVOCATION", "IN_FORCE"],
  ["TOKEN_REVOCATION", "of a person"],
  ["ACCOUNTING_SUSPENSION", "IN_FORCE"],
  ["ACCESS_REQUEST", "OPEN"],
  ["ACCESS_REQUEST", "OPEN own"],
  ["ACCESS_REQUEST", "APPROVED"],
  ["CONSENT_REQUEST", "OPEN"],
];

/** The steps that somebody else takes, as the cases show: what is found must be these. */
const BY_SOMEBODY_ELSE = [
  ...["ACCESS_REQUEST decideAccessRequest", "ALERT acknowledgeAlert", "ALERT closeAlert", "ALERT correctVerdict"],
  ...["BREAK_GLASS reviewBreakGlass", "INQUIRY withdrawInquiry", "LEGAL_HOLD liftLegalHold"],
  ...["PROPOSAL applyProposal", "PROPOSAL approveProposal", "PROPOSAL refreshProposal", "PROPOSAL rejectProposal"],
  ...["RESTRICTION liftRestriction", "REVIEW_ITEM decideReviewItem", "SAMPLE judgeSample"],
  "TOKEN_REVOCATION endTokenRevocation",
];

describe("somebody else", { timeout: 600_000 }, () => {
  let issuer: LocalIssuer;
  let world: AlertWorld;
  let kinds: { readonly [kind: string]: KindOfCase };
  before(async () => {
    issuer = await startIssuer(AUDIENCE);
    const resources = (person: string) => [
      [as(person, "itself"), [ROLES, { id: person }]],
      [as(person, "resource"), [ROLES, { type: "Practitioner", id: `pr-${person}` }]],
      [as(person, "RESOURCE"), [ROLES, { type: "practitioner", id: `PR-${person.toUpperCase()}` }]],
    ];
    const callers = {
      ...MORE_CALLERS,
      ...Object.fromEntries(PEOPLE.flatMap(resources)),
      app: [["SERVICE", "ADMIN"], { type: "service", id: "App-1" }],
      stranger: [ROLES, { id: "stranger" }],
    };
    const then = { SCOPEWARDEN_FOUR_EYES: "on" };
    world = await openAlertWorld(
      {
        ...{ SCOPEWARDEN_JWKS_URL: issuer.jwksUrl, SCOPEWARDEN_JWT_ISSUER: issuer.url },
        ...{ SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE, SCOPEWARDEN_JWT_PEOPLE: "auth_time" },
      },
      CASE_POLICY,
      { callers, ...(then && { then }) },
    );
    kinds = caseKinds(world, issuer.url);
    const { domain, storage } = world.service.app;
    const put = [...PEOPLE, "stranger"].map((id) => ({
      ...{ type: "user", id },
      properties: { accounts: [{ issuer: issuer.url, id: `of-${id}` }], fhirReferences: [`Practitioner/pr-${id}`] },
    }));
    await storage.directory.commit({ author: "key:test", reason: "r", committedAt: world.time.now, put, remove: [] });
    await domain.directory.refresh();
    const token = (sub: string) => {
      const now = Math.floor(world.time.now / 1000);
      return issuer.sign({ sub, scope: SCOPE, auth_time: now, iat: now - 30 * 86_400, exp: now + 30 * 86_400 });
    };
    const keys = world.keys as { [name: string]: string };
    for (const person of PEOPLE) {
      keys[as(person, "account")] = await token(`of-${person}`);
      keys[as(person, "ACCOUNT")] = await token(`OF-${person.toUpperCase()}`);
    }
  });
  after(async () => {
    await world.stop();
    await issuer.close();
  });

  const revoke = async (input: object): Promise<string> =>
    (
      await world.data("ada", "mutation($input: RevokeTokensInput!) { revokeTokens(input: $input) { id } }", {
        input: { issuer: issuer.url, reason: "r", until: new Date(world.time.now + DAY).toISOString(), ...input },
      })
    ).id;
  const madeAs: { readonly [state: string]: () => Promise<string> } = {
    // In other letters than her tokens have, so that they go on being accepted.
    "of a person": () => revoke({ person: "Of-Rose" }),
    "of nobody's alone": async () => {
      const input = {
        title: "Review",
        reason: "r",
        role: "sitter",
        dueAt: new Date(world.time.now + DAY).toISOString(),
      };
      const start =
        "mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { items { edges { node { id } } } } }";
      return (await world.data("otto", start, { input })).items.edges[0].node.id;
    },
  };

  async function mayOf(kind: string, id: string, by: string): Promise<SeenCase["viewerMay"]> {
    const { found = (read) => read, one } = kinds[kind] as KindOfCase;
    const { data, errors } = await world.ask(by, ...one(id));
    assert.equal(errors, undefined, `${by}: ${JSON.stringify(errors)}`);
    return found(Object.values(data)[0] as never, id)?.viewerMay ?? [];
  }

  const found = new Set<string>();
  for (const [kind, state] of CASES)
    test(`is nobody by another account, a FHIR resource or other letters: ${kind} ${state}`, async () => {
      const make = madeAs[state] ?? (kinds[kind] as KindOfCase).states[state];
      assert.ok(make !== undefined);
      const id = await make();
      const allowed = new Set(
        (await mayOf(kind, id, "stranger")).filter((step) => step.allowed).map(({ action }) => action),
      );
      for (const person of PEOPLE) {
        const refused = (await mayOf(kind, id, as(person, "itself"))).filter(
          (step) => !step.allowed && allowed.has(step.action),
        );
        if (refused.length === 0) continue;
        for (const alias of ALIASES) {
          const may = await mayOf(kind, id, as(person, alias));
          for (const { action, because } of refused) {
            found.add(`${kind} ${action}`);
            const step = may.find((each) => each.action === action);
            assert.equal(step?.allowed, false, `${as(person, alias)}: ${action}, as ${because}`);
          }
        }
      }
    });

  test("is demanded by the steps that are named here, and by no others", () => {
    assert.deepEqual([...found].sort(), [...BY_SOMEBODY_ELSE].sort());
  });

  test("ends a revocation of a client's tokens: none of its keys does, nor one that speaks for it", async () => {
    const id = await revoke({ clientId: "app-1" });
    const end = 'mutation($id: ID!) { endTokenRevocation(id: $id, reason: "r") { inForce } }';
    assert.deepEqual(await world.refused("FORBIDDEN", "app", end, { id }), []);
    const { apiKeys } = world.service.app.domain;
    const made = await apiKeys.createOnMachine({
      ...{ name: "relay", roles: ["service", "admin"], subject: { type: "user", id: "opal" } },
      ...{ defaultClientId: "APP-1", expiresAt: null, reason: "r", by: "machine:test" },
    });
    (world.keys as { [name: string]: string }).relay = made.key;
    assert.deepEqual(await world.refused("FORBIDDEN", "relay", end, { id }), []);
    assert.equal((await world.data("opal", end, { id })).inForce, false);
  });

  test("restricts a person: nobody themselves, by whatever they come", async () => {
    const impose = "mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id } }";
    const input = { subject: { id: "otto" }, response: "SUSPENSION", minutes: 30, reason: "r" };
    for (const alias of ["itself", ...ALIASES])
      assert.deepEqual(await world.refused("FORBIDDEN", as("otto", alias), impose, { input }), [], alias);
    assert.notEqual(await world.data("stranger", impose, { input }), null);
  });
});
