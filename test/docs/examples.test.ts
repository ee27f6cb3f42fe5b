import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ADMIN_KEY, type Service, startService } from "../http/support.ts";
import { openHospitalMonth } from "../support/hospitalMonth.ts";

let folder: string;
let service: Service;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-examples-"));
  const url = `sqlite:${join(folder, "month.db")}`;
  const month = await openHospitalMonth({ url });
  const monthEnds = month.clock.now;
  await month.close();
  const started = Date.now();
  service = await startService({ DATABASE_URL: url }, { clock: () => monthEnds + Date.now() - started });
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Block {
  readonly query: string;
  /** Of the JSON that follows it; absent: none follows. */
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  /** The root field. */
  readonly field: string;
}

async function blocksOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(page, "utf8");
  return [...text.matchAll(/^```graphql\n(.*?)^```(?:\n\n```json\n(.*?)^```)?/gms)].map(([, query = "", json]) => ({
    query,
    variables: json === undefined ? undefined : JSON.parse(json),
    field: /\{\s*(\w+)/.exec(query)?.[1] ?? "",
  }));
}

/** What the root field of a block answers to this key. */
// biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
async function answerTo({ query, variables, field }: Block, { key }: { readonly key: string }): Promise<any> {
  const { body, text } = await service.ask(query, { variables, key });
  assert.equal(body?.errors, undefined, `${query}\n${text}`);
  const answer = body.data[field];
  assert.ok(answer !== null && answer !== undefined, `${query}\n${text}`);
  return answer;
}

/** The steps of a proposal that want another person, and tests of their own. */
const TAKES_TWO: ReadonlySet<string> = new Set([
  "withdrawProposal",
  "approveProposal",
  "applyProposal",
  "proposalOutcome",
]);

for (const role of ["REVIEWER", "AUDITOR"])
  test(`reviewing.md: each query runs as it stands on the demo hospital, for ${role}, and is answered in substance`, async () => {
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    const answers = new Map<string, any[]>();
    const of = (field: string) => answers.get(field) ?? [];
    /** What a block leaves for the reader to fill in: the id that another block on the page has answered. */
    const idFor = (field: string): unknown => (field === "explanation" ? decisionId : of("startReplay")[0].id);
    const key = await service.createKey(role);
    const listed = await answerTo(
      {
        field: "decisions",
        query:
          '{ decisions(first: 1, filter: { ruleId: "lab-tech-view-labs", outcome: ALLOW, kind: ACCESS }) { edges { node { id } } } }',
        variables: {},
      } as Block,
      await service.createKey("AUDITOR"),
    );
    const decisionId = listed.edges[0].node.id;
    for (const block of await blocksOf("docs/reviewing.md")) {
      if (TAKES_TWO.has(block.field) || (role === "AUDITOR" && block.field === "proposePolicy")) continue;
      const filled = /\$id\b/.test(block.query) ? { ...block, variables: { id: idFor(block.field) } } : block;
      answers.set(block.field, [...of(block.field), await answerTo(filled, key)]);
    }
    const [questions, everybody] = of("simulate");
    assert.deepEqual([questions.changed, questions.results[0].after.outcome], [1, "DENY"]);
    assert.deepEqual([everybody.access.complete, everybody.access.cells[0].change], [true, "WIDER"]);
    const page = await readFile("docs/reviewing.md", "utf8");
    assert.ok(page.includes(`\`${everybody.access.cells[0].example}\``), everybody.access.cells[0].example);
    assert.ok(of("replay")[0].allowToDeny > 100, JSON.stringify(of("replay")[0].read));
    assert.ok(["QUEUED", "RUNNING", "DONE"].includes(of("job")[0].state), of("job")[0].state);
    assert.ok(of("comparePolicy")[0].rowCount > 100);
    assert.equal(of("explanation")[0].reproduced, true);
    assert.match(of("explanation")[0].decision.summary, /rule lab-tech-view-labs/);
    assert.ok(of("whoCan")[0].matches.some((match: { subjectId: string }) => match.subjectId === "nina"));
    assert.ok(of("patientAccess")[0].edges.length > 0);
    assert.ok(of("subjectAccess")[0].cells.length > 0);

    // The cells that the page quotes: for a nurse whom it names, and for whoever is one.
    const [known, { holders }] = of("clientAccess");
    for (const [cells, holder] of [
      [known.cells, undefined],
      [holders.cells, "nurse"],
    ] as const) {
      const quoted = cells.find(
        ({ scope, action, resourceType, role }: Record<string, string>) =>
          scope === "view_lab_results" && action === "read" && resourceType === "Observation" && role === holder,
      );
      const what = `${quoted.scope}, ${quoted.action}, ${quoted.resourceType}: ${quoted.access}`;
      const lines = [
        holder === undefined ? what : `${holder}, ${what}`,
        ...quoted.conditions.map(({ text }: { readonly text: string }) => `- ${text}`),
      ];
      assert.ok(page.includes(lines.map((line) => `> ${line}\n`).join("")), lines.join("\n"));
    }
    const together = holders.cells.filter(
      ({ alsoHeld }: { readonly alsoHeld: readonly string[] }) => alsoHeld.length > 0,
    );
    assert.deepEqual([together[0].role, together[0].alsoHeld], ["admin", ["provider"]], "as the page says");
  });

/** The steps of asking a patient, which want keys of their own. */
const ASKING: ReadonlySet<string> = new Set([
  "updateOrganization",
  "decideGrant",
  "consentRequest",
  "answerConsentRequest",
]);

test("consent.md: what it shows runs as it stands on the demo hospital, and comes to what it says", async () => {
  const key = await service.createKey("CONSENT");
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  const answers: any[] = [];
  const blocks = (await blocksOf("docs/consent.md")).filter(({ field }) => !ASKING.has(field));
  for (const block of blocks) answers.push(await answerTo(block, key));
  const [first, asked, anew, tried, taken, archived, exported, list, one] = answers;
  assert.deepEqual([first.version, first.state, first.exceptions[0].terms.effect], [1, "ACTIVE", "DENY"]);
  const outcomes = asked.said.map(({ outcome }: { readonly outcome: string }) => outcome);
  assert.deepEqual(outcomes, ["DENIED", "BY_SILENCE"]);
  const named = (of: readonly { readonly id: string }[]) => of.map(({ id }) => id);
  assert.deepEqual([named(tried.ends), named(tried.stays)], [["ada-research"], ["ada-research"]]);
  assert.deepEqual(tried.stays[0].exceptions[0].terms.labels, [
    "http://terminology.hl7.org/CodeSystem/v3-ActCode|PSYTHPN",
  ]);
  assert.deepEqual([anew.version, anew.terms.scopes.length, taken.version, taken.state], [2, 2, 3, "WITHDRAWN"]);
  assert.deepEqual(
    [archived.state, exported.id, exported.patient],
    ["ACTIVE", archived.id, { reference: "Patient/ada" }],
  );
  assert.deepEqual([list.edges.length, list.edges[0].node.id], [2, "archive-12"]);
  assert.deepEqual([one.id, one.version, one.exceptions.length], ["ada-research", 3, 1]);
});

test("consent.md: a patient is asked on the demo hospital as it shows, and the token carries what was agreed to", async () => {
  const blocks = new Map((await blocksOf("docs/consent.md")).map((block) => [block.field, block]));
  const step = (field: string, variables: object = {}): Block => {
    const found = blocks.get(field);
    assert.ok(found !== undefined && ASKING.has(field), field);
    return { ...found, variables: { ...variables } };
  };
  const [server, portal, admin] = [
    await service.createKey("SERVICE"),
    await service.createKey("CONSENT"),
    await service.createKey("ADMIN"),
  ];
  await answerTo(step("updateOrganization"), admin);
  const first = await answerTo(step("decideGrant"), server);
  assert.deepEqual([first.scope, first.grantId, first.consentRequest.scopes.length], [null, null, 2]);
  const { id } = first.consentRequest;
  assert.equal((await answerTo(step("consentRequest", { id }), portal)).state, "OPEN");
  const answered = await answerTo(step("answerConsentRequest", { id }), portal);
  assert.deepEqual([answered.state, answered.relation], ["ANSWERED", "PATIENT"]);
  const second = await answerTo(step("decideGrant"), server);
  assert.deepEqual(
    [second.scope, second.grantId, second.consentRequest],
    ["patient/Condition.rs", answered.consent.id, null],
  );
  // As it was, for the pages that follow.
  const silence = `mutation { updateOrganization(input: { id: "*", clear: [CONSENT_ON_SILENCE] }, reason: "r") { revision } }`;
  await answerTo({ query: silence, variables: {}, field: "updateOrganization" }, admin);
});

test("the other pages: what they show runs as it stands on the demo hospital", async () => {
  const [readme] = await blocksOf("README.md");
  assert.ok(readme !== undefined);
  const [asker, admin] = [await service.createKey("SERVICE"), await service.createKey("ADMIN")];
  const first = await answerTo(readme, asker);
  assert.deepEqual([first.outcome, first.obligations], ["ALLOW", []]);
  // On a service of one's own no organization vouches for its labels yet.
  const field = "updateOrganization";
  const own = `mutation { ${field}(input: { id: "general-hospital", clear: [SPECIAL_PROTECTION] }, reason: "r") { revision } }`;
  await answerTo({ query: own, variables: {}, field }, admin);
  const typesOf = async (block: Block) =>
    (await answerTo(block, asker)).obligations.map(({ type }: { readonly type: string }) => type);
  assert.deepEqual(await typesOf(readme), []);
  const unlabelled = JSON.stringify(readme.variables).replace(',"labels":["N"]', "");
  const types = await typesOf({ ...readme, variables: JSON.parse(unlabelled) });
  assert.deepEqual(types.slice(0, 2), ["label", "redact"]);
  const back = `mutation { ${field}(input: { id: "general-hospital", settings: { specialProtection: TRUSTED }, justification: "j" }, reason: "r") { revision } }`;
  await answerTo({ query: back, variables: {}, field }, admin);
  for (const block of await blocksOf("docs/graphql.md"))
    assert.equal((await answerTo({ ...block, variables: readme.variables }, asker)).outcome, "ALLOW");
  for (const block of await blocksOf("docs/granting.md")) assert.ok((await answerTo(block, asker)).scope !== null);
  const auditor = await service.createKey("AUDITOR");
  const period = { patient: "ada", from: "2025-11-24T00:00:00Z", to: "2026-11-23T00:00:00Z" };
  const query = `query ($patient: ID!, $from: DateTime!, $to: DateTime!) {
    accountingOfDisclosures(patient: $patient, from: $from, to: $to, first: 200) { edges { cursor } }
  }`;
  const accounting = await answerTo({ query, variables: period, field: "accountingOfDisclosures" }, auditor);
  const read = accounting.edges.length;
  for (const block of await blocksOf("docs/disclosures.md")) {
    const input = { ...period, patientName: "Ada Young", organization: "General Hospital", read, struck: [] };
    const variables = block.field === "giveAccounting" ? { input } : block.variables;
    const answer = await answerTo({ ...block, variables }, auditor);
    if (block.field === "giveAccounting") assert.equal(answer.patientName, "Ada Young");
    else if (block.field === "suspendAccounting") assert.ok(answer.id.length > 0 && Array.isArray(answer.notes));
    else assert.ok(answer.edges.length >= 0, block.field);
  }
  for (const page of ["docs/organizations.md", "docs/directory.md"]) {
    const blocks = await blocksOf(page);
    assert.ok(blocks.length > 0);
    for (const block of blocks) {
      const answer = await answerTo(block, admin);
      if (block.field === "entity") assert.equal(answer.properties.unit, "ward-3");
      else assert.ok(answer.revision > 1, page);
    }
  }
});

/** A key of a person or program of its own. */
const keyOf = async (role: string, id: string): Promise<{ readonly key: string }> =>
  answerTo(
    {
      query: `mutation { createApiKey(input: { name: "k", roles: [${role}], subject: { id: "${id}" } }, reason: "r") { key } }`,
      variables: {},
      field: "createApiKey",
    },
    { key: ADMIN_KEY },
  );

test("access-requests.md: what it shows runs on the demo hospital, from the request to the end of all access", async () => {
  const blocks = new Map((await blocksOf("docs/access-requests.md")).map((block) => [block.field, block]));
  const block = (field: string, variables: object = {}): Block => {
    const found = blocks.get(field);
    assert.ok(found !== undefined, field);
    return { ...found, variables: { ...found.variables, ...variables } };
  };
  const [portal, admin] = [await keyOf("SERVICE", "portal"), await keyOf("ADMIN", "anna")];
  const denied = await answerTo(block("authorize"), portal);
  assert.equal(denied.outcome, "DENY");
  assert.ok(
    denied.requestableAccess.some(({ role }: { readonly role: string }) => role === "clinician"),
    JSON.stringify(denied),
  );
  const { id } = await answerTo(block("requestAccess"), portal);
  const waiting = await answerTo(block("accessRequests"), admin);
  assert.deepEqual(
    waiting.edges.map(({ node }: { readonly node: { readonly id: string } }) => node.id),
    [id],
  );
  assert.equal((await answerTo(block("decideAccessRequest", { id }), admin)).state, "APPROVED");
  assert.equal((await answerTo(block("authorize"), portal)).outcome, "ALLOW");
  assert.equal((await answerTo(block("returnAccess", { id }), portal)).state, "RETURNED");
  assert.equal((await answerTo(block("authorize"), portal)).outcome, "DENY");
  await answerTo(block("updateOrganization"), admin);
  const ended = await answerTo(block("endAccess"), admin);
  assert.equal(ended.assignments, 1);
  assert.equal(blocks.size, 7);
});

test("block-it-now.md: each call runs as it stands on the demo hospital, and is felt", async () => {
  const blocks = new Map((await blocksOf("docs/block-it-now.md")).map((block) => [block.field, block]));
  const [portal, admin] = [await keyOf("SERVICE", "lab-portal"), await keyOf("ADMIN", "berta")];
  const run = (field: string, variables: object = {}) => {
    const found = blocks.get(field);
    assert.ok(found !== undefined, field);
    return answerTo({ ...found, variables: { ...variables } }, admin);
  };
  const codes = async (clientId: string, id: string): Promise<string> => {
    const query = `query { authorize(input: { clientId: "${clientId}", subject: { id: "${id}" }, action: "read",
      resource: { type: "Observation" } }) { reasons { code } } }`;
    const { reasons } = await answerTo({ query, variables: {}, field: "authorize" }, portal);
    return reasons.map(({ code }: { readonly code: string }) => code).join(" ");
  };
  await run("updateClient");
  assert.match(await codes("research-export", "ada"), /CLIENT_SUSPENDED/);
  const back = 'mutation { updateClient(input: { id: "research-export", status: ACTIVE }, reason: "r") { revision } }';
  await answerTo({ query: back, variables: {}, field: "updateClient" }, admin);
  const { id, until } = await run("imposeRestriction");
  assert.ok(id !== null && Date.parse(until) > 0);
  assert.match(await codes("lab-portal", "tess"), /SUSPENDED_FOR_REVIEW/);
  assert.equal((await run("liftRestriction")).state, "LIFTED");
  assert.doesNotMatch(await codes("lab-portal", "tess"), /SUSPENDED_FOR_REVIEW/);
  assert.ok((await run("endAccess")).assignments >= 0);
  const made = `mutation { createApiKey(input: { name: "leaked", roles: [SERVICE] }, reason: "r") { apiKey { id } } }`;
  const { apiKey } = await answerTo({ query: made, variables: {}, field: "createApiKey" }, admin);
  assert.ok((await run("revokeApiKey", { id: apiKey.id })).apiKey.revokedAt !== null);
  assert.equal(blocks.size, 5);
  // Each command of the page, and of the help, names a client, person or key as these are named.
  const page = await readFile("docs/block-it-now.md", "utf8");
  const commands = [...page.matchAll(/scopewarden (?:un)?block (\w+) (\S+) --reason "/g)].map(
    ([, noun, of]) => `${noun} ${of}`,
  );
  assert.deepEqual([...new Set(commands)].sort(), ["client research-export", "key k3v9x2m7q1ab", "person user/tess"]);
});

test("emergencies.md: what it shows runs on the demo hospital, from the opening to the review", async () => {
  const blocks = new Map((await blocksOf("docs/emergencies.md")).map((block) => [block.field, block]));
  const block = (field: string, variables: object = {}): Block => {
    const found = blocks.get(field);
    assert.ok(found !== undefined, field);
    return { ...found, variables: { ...found.variables, ...variables } };
  };
  const [portal, admin, rita] = [
    await keyOf("SERVICE", "front-desk"),
    await keyOf("ADMIN", "anton"),
    await keyOf("REVIEWER", "rita"),
  ];
  assert.ok((await answerTo(block("updateOrganization"), admin)).revision > 1);
  assert.equal((await answerTo(block("authorize"), portal)).outcome, "DENY");
  const { id } = await answerTo(block("breakGlass"), portal);
  const allowed = await answerTo(block("authorize"), portal);
  assert.equal(allowed.outcome, "ALLOW", JSON.stringify(allowed));
  assert.ok(allowed.obligations.some(({ type }: { readonly type: string }) => type === "breakGlass"));
  assert.equal((await answerTo(block("endBreakGlass", { id }), portal)).state, "AWAITING_REVIEW");
  assert.equal((await answerTo(block("authorize"), portal)).outcome, "DENY");
  const { edges } = await answerTo(block("breakGlasses"), rita);
  assert.deepEqual([edges[0].node.id, edges[0].node.decisions.edges.length], [id, 1]);
  assert.deepEqual(await answerTo(block("reviewBreakGlass", { id }), rita), {
    state: "REVIEWED",
    verdict: "JUSTIFIED",
  });
  assert.equal(blocks.size, 6);
});
