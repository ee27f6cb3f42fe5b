import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { untilCounted } from "../support/counted.ts";
import { openHospitalMonth } from "../support/hospitalMonth.ts";
import { ADMIN_KEY, AUTHORIZE, type Service, startService } from "./support.ts";

const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

const ITEM = `{ id campaignId kind subjectId subjectType clientId role organization scope validFrom validUntil uses few lastUsedAt observed
  observedDays windowDays usedIn usedInCount assignedAt assignedBy { name } assignedReason assignedRevision smaller { scopes checked complete } exceptedUntil
  advice { verdict to { scopes organizations validUntil } formula } verdict reduceTo { scopes organizations validUntil } exceptUntil reason
  decidedAt decidedBy { name } outcome outcomeNote inverse policyRevision }`;
const CAMPAIGN = `{ id state title reason role clientId organization unusedForDays windowDays reviewers fallbackReviewer at by { name }
  dueAt until repeatEveryDays repeatUntil follows policyRevision itemCount leftOut decided undecided proposalId closedAt reportSha256
  figures { by { name } decided kept removed shareKept inBulk medianSeconds againstAdvice } }`;
const START = `mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) ${CAMPAIGN} }`;
const DECIDE = `mutation($id: ID!, $verdict: ReviewVerdict!, $reason: String!, $reduceTo: ReduceToInput, $exceptUntil: DateTime) {
  decideReviewItem(id: $id, verdict: $verdict, reason: $reason, reduceTo: $reduceTo, exceptUntil: $exceptUntil) ${ITEM} }`;
const CLOSE = `mutation($id: ID!, $reason: String) { closeReviewCampaign(id: $id, reason: $reason) ${CAMPAIGN} }`;
const ONE = `query($id: ID!) { reviewCampaign(id: $id) ${CAMPAIGN} }`;
const ITEMS = `query($id: ID!, $first: PositiveInt, $after: ReviewItemCursor, $states: [ReviewItemState!]) { reviewCampaign(id: $id) { itemCount
  items(first: $first, after: $after, states: $states) { totalCount edges { cursor node ${ITEM} } pageInfo { hasNextPage endCursor } } } }`;
const LIST = `query($filter: ReviewCampaignFilter) { reviewCampaigns(filter: $filter, first: 10) { edges { node { id state } } } }`;
const REPORT = `query($id: ID!, $format: ReviewReportFormat) { reviewReport(id: $id, format: $format) { fileName mediaType text sha256 } }`;
const PROPOSAL = `query($id: ID!) { proposal(id: $id) { state digest operations replay { replayed allowToDeny denyToAllow } } }`;
const APPROVE = `mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "Checked", flipsReason: "Reviewed") { state } }`;
const APPLY = `mutation($id: ID!) { applyProposal(id: $id) { revision } }`;
const REJECT = `mutation($id: ID!) { rejectProposal(id: $id, reason: "They are needed") { state } }`;
const WITHDRAW = `mutation($id: ID!) { withdrawProposal(id: $id, reason: "Wait") { state } }`;
const REFRESH = `mutation($id: ID!) { refreshProposal(id: $id, reason: "Look again") { state } }`;

// biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
type Any = any;

describe("an access review of the demo hospital", () => {
  let folder: string;
  let service: Service;
  const time = { now: 0 };
  const keys: Record<string, string> = {};
  /** What nina, a nurse of the hospital, was allowed. */
  let asked: readonly AccessRequest[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-reviews-"));
    const url = `sqlite:${join(folder, "month.db")}`;
    const month = await openHospitalMonth({ url, cases: false });
    time.now = month.clock.now;
    const records = await month.records({ subjectId: "nina", outcome: "ALLOW" });
    asked = records.flatMap((record) => (record.kind === "ACCESS" ? record.request : []));
    await month.close();
    service = await startService({ DATABASE_URL: url }, { clock: () => time.now });
    for (const [name, role] of [
      ["rita", "REVIEWER"],
      ["fiona", "REVIEWER"],
      ["nina", "REVIEWER"],
      ["otto", "AUDITOR"],
      ["ada", "ADMIN"],
      ["gateway", "SERVICE"],
    ] as const) {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name, roles: [role], subject: name === "gateway" ? null : { id: name } } },
      );
      assert.equal(body.errors, undefined, text);
      keys[name] = body.data.createApiKey.key;
    }
    keys.nameless = ADMIN_KEY;
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (by: string, query: string, variables: unknown = {}): Promise<Any> =>
    (await service.ask(query, { key: keys[by] as string, variables })).body;
  const data = async (by: string, query: string, variables: unknown = {}): Promise<Any> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  /** Everything that is kept of access reviews, and how many acts there are. */
  const standing = async (): Promise<string> => {
    const { reviews } = service.app.storage;
    const page = { first: 200, after: null };
    const campaigns = await reviews.page({ filter: {}, now: time.now, page });
    const items = await Promise.all(
      campaigns.items.map(({ key }) => reviews.items({ campaignId: key, now: time.now, page })),
    );
    return JSON.stringify([campaigns, items]);
  };
  const refused = async (code: string, by: string, query: string, variables: unknown): Promise<Any> => {
    const was = await standing();
    const body = await ask(by, query, variables);
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    assert.equal(await standing(), was);
    return body.errors[0];
  };
  const input = (more: object = {}) => ({
    input: {
      title: "General hospital",
      organization: "general-hospital",
      reviewers: ["rita", "nina"],
      fallbackReviewer: "fiona",
      dueAt: iso(time.now + 10 * DAY),
      reason: "The yearly review",
      ...more,
    },
  });
  const itemsOf = async (id: string, as = "rita"): Promise<readonly Any[]> => {
    const found: Any[] = [];
    for (let after: string | null = null; ; ) {
      const { items, itemCount }: Any = await data(as, ITEMS, { id, first: 7, after });
      assert.equal(items.totalCount, itemCount);
      found.push(...items.edges.map(({ node }: Any) => node));
      if (!items.pageInfo.hasNextPage) return found;
      after = items.pageInfo.endCursor;
    }
  };
  const decide = (by: string, id: string, verdict: string, more: object = {}) =>
    data(by, DECIDE, { id, verdict, reason: "I have asked the ward", ...more });
  /** What of a review waits for somebody, by its kind, and for how many cases it stands. */
  const waiting = async (by: string, campaign: string): Promise<Any> => {
    const { cases } = await data(by, "{ inbox { cases { kind id title count due subject { id } } } }");
    const own = cases.filter(({ id }: Any) => id === campaign);
    assert.ok(own.every(({ subject, title }: Any) => subject === null && title.includes("General hospital")));
    return Object.fromEntries(own.map(({ count, kind }: Any) => [kind, count]));
  };
  /** Why somebody may not decide the first item that is so, in the words of `viewerMay`; null: they may. */
  const whyNot = async (by: string, id: string, is: (item: Any) => boolean): Promise<Any> => {
    const query = `query($id: ID!) { reviewCampaign(id: $id) { items(first: 200) { edges { node { id subjectId viewerMay { action because } } } } } }`;
    const { items } = await data(by, query, { id });
    const [may] = items.edges.map(({ node }: Any) => node).find(is).viewerMay;
    assert.equal(may.action, "decideReviewItem");
    return may.because;
  };
  const whyNotClose = async (by: string, id: string): Promise<Any> => {
    const query = "query($id: ID!) { reviewCampaign(id: $id) { viewerMay { action because isAwaited } } }";
    return (await data(by, query, { id })).viewerMay;
  };
  const outcomes = async (): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (const request of asked.slice(0, 5)) {
      const { subject, ...rest } = request;
      const body = { ...rest, subject: { id: subject?.id }, requestId: undefined };
      const given = JSON.parse(JSON.stringify(body, (_, value) => value ?? undefined));
      answers.push((await data("gateway", AUTHORIZE, { input: given })).outcome);
    }
    return answers;
  };

  test("from its start to its report: decided by others, proposed, approved, applied, and denied from then on", async () => {
    assert.ok(asked.length > 0);
    assert.ok((await outcomes()).includes("ALLOW"));
    const { assignments } = service.app.domain.policy.current();
    const listed = [...assignments.values()].flatMap((held) => [...held.values()]);
    const here = listed.filter(({ organization }) => ["general-hospital", "*"].includes(organization));

    const campaign = await data("otto", START, input());
    assert.deepEqual(
      [campaign.state, campaign.itemCount, campaign.leftOut, campaign.undecided],
      ["OPEN", here.length, 0, here.length],
    );
    assert.equal(campaign.until, iso(time.now + 17 * DAY));
    assert.equal(campaign.by.name, "otto");
    const { id } = campaign;
    const items = await itemsOf(id);
    assert.equal(items.length, here.length);
    const of = (subjectId: string): Any => items.find((item) => item.subjectId === subjectId);
    const nina = of("nina");
    assert.ok(nina.uses >= asked.length && nina.lastUsedAt !== null);
    assert.match(nina.observed, /^observed (29|30) of 90 days$/);
    assert.ok(nina.assignedReason.length > 0 && nina.assignedRevision > 0);
    // Thirty days of decisions call nothing unused that is looked at for ninety.
    for (const { advice, few, lastUsedAt, uses } of items)
      assert.equal(advice === null, uses === 0 || (few && lastUsedAt === null));

    const owned = items.filter(({ subjectId }) => subjectId === "nina").length;
    assert.deepEqual(await waiting("rita", id), { REVIEW_ITEM: here.length });
    assert.deepEqual(await waiting("nina", id), { REVIEW_ITEM: here.length - owned });
    assert.deepEqual(await waiting("fiona", id), {});
    const own = await refused("FORBIDDEN", "nina", DECIDE, { id: nina.id, verdict: "KEEP", reason: "It is mine" });
    assert.equal(await whyNot("nina", id, (item) => item.id === nina.id), own.message);
    assert.equal(await whyNot("rita", id, (item) => item.id === nina.id), null);
    const early = await refused("FORBIDDEN", "fiona", DECIDE, { id: nina.id, verdict: "KEEP", reason: "Not yet" });
    assert.equal(await whyNot("fiona", id, (item) => item.id === nina.id), early.message);
    await refused("FORBIDDEN", "ada", DECIDE, { id: nina.id, verdict: "KEEP", reason: "Admins do not" });
    await refused("BAD_USER_INPUT", "rita", DECIDE, { id: nina.id, verdict: "UNDECIDED", reason: "r" });
    await refused("BAD_USER_INPUT", "rita", DECIDE, { id: nina.id, verdict: "REMOVE", reason: " " });
    await refused("BAD_USER_INPUT", "rita", DECIDE, { id: nina.id, verdict: "REDUCE", reason: "r", reduceTo: {} });
    await refused("NOT_FOUND", "rita", DECIDE, { id: "nothing", verdict: "KEEP", reason: "r" });

    const [late, silent, ...others] = items.filter(({ id }) => id !== nina.id);
    const removed = await decide("rita", nina.id, "REMOVE");
    assert.deepEqual([removed.verdict, removed.decidedBy.name, removed.policyRevision > 0], ["REMOVE", "rita", true]);
    assert.deepEqual(removed.inverse.at(-1), {
      assignRole: { subjectId: "nina", subjectType: "user", role: "nurse", organization: "general-hospital" },
    });
    const twice = await refused("CONFLICT", "rita", DECIDE, {
      id: nina.id,
      verdict: "KEEP",
      reason: "Changed my mind",
    });
    assert.equal(await whyNot("rita", id, (item) => item.id === nina.id), twice.message);
    for (const item of others) {
      time.now += 20_000;
      await decide("rita", item.id, "KEEP");
    }
    const open = await refused("CONFLICT", "rita", CLOSE, { id });
    assert.deepEqual(await whyNotClose("rita", id), [
      { action: "closeReviewCampaign", because: open.message, isAwaited: true },
    ]);
    assert.deepEqual(await whyNotClose("otto", id), []);
    assert.deepEqual(await waiting("rita", id), { REVIEW_ITEM: 2 });

    time.now += 10 * DAY;
    assert.deepEqual(await waiting("rita", id), {});
    assert.deepEqual(await waiting("fiona", id), { REVIEW_ITEM: 2 });
    assert.deepEqual((await data("rita", LIST, { filter: { overdue: true } })).edges.length, 1);
    await refused("FORBIDDEN", "rita", DECIDE, { id: late.id, verdict: "KEEP", reason: "Too late" });
    await decide("fiona", late.id, "KEEP");
    time.now += 7 * DAY;
    await refused("CONFLICT", "fiona", DECIDE, { id: silent.id, verdict: "KEEP", reason: "Too late" });
    await refused("FORBIDDEN", "otto", CLOSE, { id });
    assert.deepEqual(await waiting("fiona", id), { REVIEW_CAMPAIGN: 1 });
    assert.deepEqual([await waiting("otto", id), await waiting("rita", id)], [{}, { REVIEW_CAMPAIGN: 1 }]);

    const proposed = await data("rita", CLOSE, { id });
    assert.deepEqual([proposed.state, proposed.undecided], ["PROPOSED", 1]);
    const proposal = await data("ada", PROPOSAL, { id: proposed.proposalId });
    const gone = proposal.operations.map(({ unassignRole }: Any) => unassignRole.subjectId ?? unassignRole.clientId);
    assert.deepEqual(gone.sort(), ["nina", silent.subjectId ?? silent.clientId].sort());
    // Whoever loses a role here is not all known as staff: what of past decisions that would change is for auditors.
    assert.equal(proposal.replay, null);
    const { replay } = await data("otto", PROPOSAL, { id: proposed.proposalId });
    assert.ok(replay.replayed > 0 && replay.allowToDeny >= asked.length);
    assert.equal(replay.denyToAllow, 0);
    const waits = await refused("CONFLICT", "rita", CLOSE, { id });
    assert.equal((await whyNotClose("rita", id))[0].because, waits.message);
    assert.deepEqual(await waiting("rita", id), {});
    assert.ok((await outcomes()).includes("ALLOW"));
    assert.equal(
      (await ask("rita", APPROVE, { id: proposed.proposalId, digest: proposal.digest })).errors[0].extensions.code,
      "FORBIDDEN",
    );
    await data("ada", APPROVE, { id: proposed.proposalId, digest: proposal.digest });
    await data("ada", APPLY, { id: proposed.proposalId });
    assert.deepEqual(new Set(await outcomes()), new Set(["DENY"]));

    const closed = await data("rita", CLOSE, { id });
    assert.deepEqual([closed.state, closed.closedAt], ["CLOSED", iso(time.now)]);
    const [ritaFigures] = closed.figures;
    assert.deepEqual([ritaFigures.by.name, ritaFigures.removed, ritaFigures.kept], ["rita", 1, others.length]);
    assert.deepEqual([ritaFigures.medianSeconds, ritaFigures.inBulk], [20, 0]);
    const ended = await itemsOf(id);
    const became = (of: string): string => ended.find((item) => item.id === of).outcome;
    assert.deepEqual([became(nina.id), became(silent.id), became(late.id)], ["REMOVED", "REMOVED", "KEPT"]);

    const report = await data("otto", REPORT, { id });
    assert.equal(report.sha256, closed.reportSha256);
    assert.equal(createHash("sha256").update(report.text, "utf8").digest("hex"), report.sha256);
    const told = JSON.parse(report.text);
    assert.equal(told.items.filter(({ decidedByPerson }: Any) => decidedByPerson === "rita").length, others.length + 1);
    time.now += DAY;
    assert.equal((await data("otto", REPORT, { id })).sha256, report.sha256);
    const csv = await data("otto", REPORT, { id, format: "CSV" });
    assert.equal(csv.text.trimEnd().split("\r\n").length, items.length + 1);
    await refused("CONFLICT", "rita", CLOSE, { id });

    // Given back by its inverse, as it was.
    const operations = ended.find((item) => item.id === nina.id).inverse;
    const back = await ask(
      "ada",
      'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "needed" }) { revision } }',
      { operations },
    );
    assert.equal(back.errors, undefined, JSON.stringify(back));
    assert.ok((await outcomes()).includes("ALLOW"));
  });

  test("what was unused for its days alone is listed, and what is excepted for its season is not", async () => {
    const more = { organization: null, reviewers: null, fallbackReviewer: null };
    const unused = await data("rita", START, input({ ...more, unusedForDays: 20 }));
    assert.ok(unused.itemCount > 0 && unused.leftOut > 0);
    const items = await itemsOf(unused.id);
    for (const { advice, observedDays, uses } of items)
      assert.deepEqual([uses, observedDays, advice.verdict], [0, 20, "REMOVE"]);
    const [seasonal] = items;
    await decide("rita", seasonal.id, "KEEP", { exceptUntil: iso(time.now + 100 * DAY) });
    const again = await data("rita", START, input({ ...more, unusedForDays: 20 }));
    assert.deepEqual([again.itemCount, again.leftOut], [unused.itemCount - 1, unused.leftOut + 1]);
    // Nothing was there for so long.
    assert.match(
      (await refused("BAD_USER_INPUT", "rita", START, input({ ...more, unusedForDays: 400 }))).message,
      /selects nothing/,
    );
  });

  test("a grant that reaches further than its use has its proven smaller set, and is reduced to it", async () => {
    const more = { organization: null, reviewers: null, fallbackReviewer: null };
    const MINIMAL =
      "query($clientId: ID!) { scopeAdvice(clientId: $clientId, days: 30) { minimal { scopes { narrowed } checked } } }";
    let narrowed = "";
    await untilCounted(service.app.storage);
    for (const clientId of service.app.domain.policy.current().clients.keys()) {
      const { minimal } = await data("otto", MINIMAL, { clientId });
      const { checked, scopes } = minimal;
      if (checked > 0 && checked < 1_000 && scopes.some((scope: Any) => scope.narrowed)) narrowed = clientId;
    }
    const { id } = await data("rita", START, input({ ...more, clientId: narrowed }));
    const items = await itemsOf(id, "otto");
    const wide = items.find(({ scope, smaller }) => smaller?.scopes.length > 0 && !smaller.scopes.includes(scope));
    assert.ok(wide.smaller.checked > 0 && wide.smaller.complete && wide.uses > 0);
    const reduceTo = { scopes: wide.smaller.scopes };
    const reduced = await decide("rita", wide.id, "REDUCE", { reduceTo });
    assert.deepEqual(reduced.reduceTo, { scopes: [...reduceTo.scopes].sort(), organizations: null, validUntil: null });
    for (const item of items) if (item.id !== wide.id) await decide("rita", item.id, "KEEP");
    const { proposalId } = await data("rita", CLOSE, { id });
    const { digest, replay } = await data("otto", PROPOSAL, { id: proposalId });
    // Proven by the replay of the proposal, too.
    assert.deepEqual([replay.allowToDeny, replay.denyToAllow], [0, 0]);
    await data("ada", APPROVE, { id: proposalId, digest });
    await data("ada", APPLY, { id: proposalId });
    const grants = service.app.domain.policy.current().grants.get(narrowed);
    assert.deepEqual(
      [grants?.has(wide.scope), reduceTo.scopes.every((scope: string) => grants?.has(scope))],
      [false, true],
    );
    assert.equal((await data("rita", CLOSE, { id })).state, "CLOSED");
    assert.equal((await itemsOf(id)).find((item) => item.id === wide.id).outcome, "REDUCED");
  });

  test("can be tried before it begins: it says how many items it would have, and keeps nothing", async () => {
    const TRY = START.replace("startReviewCampaign(input: $input)", "startReviewCampaign(input: $input, dryRun: true)");
    const was = await standing();
    const tried = await data("rita", TRY, input());
    assert.equal(await standing(), was);
    assert.ok(tried.itemCount > 5 && tried.undecided === tried.itemCount, JSON.stringify(tried));
    await refused("BAD_USER_INPUT", "rita", TRY, input({ role: "nurze" }));
    const begun = await data("rita", START, input({ title: "Tried before" }));
    assert.deepEqual([begun.itemCount, begun.leftOut], [tried.itemCount, tried.leftOut]);
  });

  test("one whose proposal is rejected is over with the reason, by itself; one that removes nothing is over at once", async () => {
    const more = { reviewers: null, fallbackReviewer: null };
    const { id } = await data("rita", START, input(more));
    for (const [i, item] of (await itemsOf(id)).entries())
      await decide("rita", item.id, i === 0 || item.subjectId === "nina" ? "REMOVE" : "KEEP");
    const { proposalId } = await data("rita", CLOSE, { id, reason: "All is decided" });
    await refused("FORBIDDEN", "nina", REJECT, { id: proposalId });
    await data("ada", REJECT, { id: proposalId });
    assert.deepEqual(await service.app.domain.reviews.settleDue(), [id]);
    assert.deepEqual(await service.app.domain.reviews.settleDue(), []);
    const [first] = await itemsOf(id);
    assert.deepEqual([first.outcome, first.outcomeNote], ["REFUSED", "They are needed"]);

    const other = await data("rita", START, input(more));
    for (const item of await itemsOf(other.id)) await decide("rita", item.id, "KEEP");
    const closed = await data("rita", CLOSE, { id: other.id });
    assert.deepEqual([closed.state, closed.proposalId], ["CLOSED", null]);
  });

  test("who loses access by it may close it, and can't stop what is proposed then, nor can who may be anybody", async () => {
    const { id } = await data("rita", START, input({ reviewers: null, fallbackReviewer: null }));
    for (const item of await itemsOf(id)) await decide("rita", item.id, item.subjectId === "nina" ? "REMOVE" : "KEEP");
    // Nobody could approve what somebody without a name proposes.
    await refused("FORBIDDEN", "nameless", CLOSE, { id });
    const { proposalId } = await data("nina", CLOSE, { id });
    const proposal = await data("ada", PROPOSAL, { id: proposalId });
    await data("ada", APPROVE, { id: proposalId, digest: proposal.digest });
    for (const by of ["nina", "nameless"])
      for (const [step, query] of [
        ["rejected", REJECT],
        ["withdrawn", WITHDRAW],
        ["refreshed", REFRESH],
      ] as const) {
        const { message } = await refused("FORBIDDEN", by, query, { id: proposalId });
        // Who is not its author withdraws nothing in any case.
        if (step !== "withdrawn" || by === "nina")
          assert.match(message, new RegExp(`access review proposes .* ${step} by`));
      }
    assert.equal((await data("ada", PROPOSAL, { id: proposalId })).state, "APPROVED");
    assert.equal((await data("ada", REFRESH, { id: proposalId })).state, "OPEN");
    await data("ada", REJECT, { id: proposalId });
    assert.deepEqual(await service.app.domain.reviews.settleDue(), [id]);
  });

  test("where a proposal was withdrawn, closing again proposes anew", async () => {
    const { id } = await data("rita", START, input({ reviewers: null, fallbackReviewer: null }));
    for (const [i, item] of (await itemsOf(id)).entries()) await decide("rita", item.id, i === 0 ? "REMOVE" : "KEEP");
    const one = await data("rita", CLOSE, { id });
    await data("rita", WITHDRAW, { id: one.proposalId });
    const two = await data("rita", CLOSE, { id });
    assert.deepEqual([two.state, two.proposalId === one.proposalId], ["PROPOSED", false]);
  });

  test("a role that was given anew after the start is not touched, though it was to be removed", async () => {
    const { id } = await data("rita", START, input({ reviewers: null, fallbackReviewer: null }));
    const items = await itemsOf(id);
    const nina = items.find(({ subjectId }) => subjectId === "nina");
    for (const item of items) await decide("rita", item.id, item === nina ? "REMOVE" : "KEEP");
    const REVISE =
      'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "r" }) { revision } }';
    const { organization, role, subjectId } = nina;
    const of = { subjectId, role, organization };
    await data("ada", REVISE, { operations: [{ unassignRole: of }] });
    await data("ada", REVISE, { operations: [{ assignRole: of }] });
    const closed = await data("rita", CLOSE, { id });
    assert.deepEqual([closed.state, closed.proposalId], ["CLOSED", null]);
    const { outcome, outcomeNote } = (await itemsOf(id)).find((item) => item.id === nina.id);
    assert.equal(outcome, "GONE_BEFORE");
    assert.match(outcomeNote, /given anew after the review began/);
  });

  test("one that repeats begins anew once its days are over, on the access of then", async () => {
    const repeating = { repeatEveryDays: 30, repeatUntil: iso(time.now + 40 * DAY) };
    const { id, itemCount } = await data("rita", START, input(repeating));
    assert.deepEqual(await service.app.domain.reviews.repeatDue(), []);
    time.now += 30 * DAY;
    const begun = await Promise.all([service.app.domain.reviews.repeatDue(), service.app.domain.reviews.repeatDue()]);
    const [next, ...more] = begun.flat();
    assert.deepEqual(more, []);
    const campaign = await data("rita", ONE, { id: next });
    assert.deepEqual([campaign.follows, campaign.itemCount, campaign.dueAt], [id, itemCount, iso(time.now + 10 * DAY)]);
    assert.equal(campaign.by.name, "scopewarden:reviews");
    time.now += 30 * DAY;
    assert.deepEqual(await service.app.domain.reviews.repeatDue(), []);
  });

  for (const [title, more, path] of [
    ["a role that is not known", { role: "nurze" }, "input.role"],
    ["nothing to review", { organization: null }, "input"],
    ["an organization without anybody of the role", { organization: "no-hospital", role: "lab_technician" }, "input"],
    ["a due date that has passed", { dueAt: "2020-01-01T00:00:00Z" }, "input.dueAt"],
    [
      "reviewers whose own access nobody may decide",
      { reviewers: ["nina"], fallbackReviewer: null },
      "input.fallbackReviewer",
    ],
    ["a reviewer whom nobody knows", { reviewers: ["rita", "nosuch"] }, "input.reviewers[1]"],
    ["a reviewer of the staff who has no key that reviews", { reviewers: ["dana"] }, "input.reviewers[0]"],
    ["a fallback whose key does not review", { fallbackReviewer: "ada" }, "input.fallbackReviewer"],
  ] as const)
    test(`${title} begins nothing`, async () => {
      const error = await refused("BAD_USER_INPUT", "rita", START, input(more));
      assert.equal(error.extensions.problems[0].path, path, JSON.stringify(error));
    });

  test("items that are others' to decide are not counted as waiting", async () => {
    const counted = async (by: string): Promise<Any> => {
      const toDo = await data(by, "{ toDo { kind atMost isMore } }");
      return toDo.find(({ kind }: Any) => kind === "REVIEW_ITEM") ?? null;
    };
    const [rita, otto] = [await counted("rita"), await counted("otto")];
    await data("rita", START, input({ reviewers: ["otto"], fallbackReviewer: null }));
    assert.deepEqual(await counted("rita"), rita);
    // The items of a review are one entry, as in the inbox.
    assert.deepEqual(await counted("otto"), { kind: "REVIEW_ITEM", atMost: (otto?.atMost ?? 0) + 1, isMore: false });
  });

  test("a service may neither begin nor see one", async () => {
    await refused("FORBIDDEN", "gateway", START, input());
    await refused("FORBIDDEN", "gateway", LIST, {});
    await refused("FORBIDDEN", "ada", START, input());
    assert.equal(await data("ada", ONE, { id: "nothing" }), null);
    await refused("NOT_FOUND", "otto", REPORT, { id: "nothing" });
  });
});
