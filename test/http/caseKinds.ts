import assert from "node:assert/strict";
import type { AlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

type Asked = readonly [query: string, variables: object];
/** A case as somebody sees it. */
/** Of whose tokens the cases are. */
export const TOKENS_OF = {
  SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:9/jwks",
  SCOPEWARDEN_JWT_ISSUER: "https://id.example",
  SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden",
} as const;

export interface SeenCase {
  readonly state?: string;
  readonly viewerMay: readonly {
    readonly action: string;
    readonly allowed: boolean;
    readonly because: string | null;
    readonly isAwaited: boolean;
  }[];
}
/** A kind of case: how one comes to be in each state, how it is read, and what takes each step. */
export interface KindOfCase {
  /** A state as its list says it; a word behind it tells which way it came there. */
  readonly states: { readonly [state: string]: () => Promise<string> };
  /** By how much the clock is later in a state that it alone brings. */
  readonly later?: { readonly [state: string]: number };
  /** How one is read, and where it stands in what came back. */
  readonly one: (id: string) => Asked;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  readonly found?: (read: any, id: string) => SeenCase | undefined;
  /** Under which id it stands in inboxes; absent: its own. */
  readonly entry?: (id: string) => string;
  readonly steps: { readonly [action: string]: (id: string) => Asked | Promise<Asked> };
}

export const MAY = "viewerMay { action allowed because isAwaited }";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALL_ROLES = ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"];

/** Each role alone; who opens cases and whom they are about; who holds all roles, and the first key, which does not say whose it is. */
export const CALLERS = ["gateway", "ada", "nora", "rita", "rose", "otto", "rhea", "cora", "opal", "nobody"];
export const MORE_CALLERS = {
  rhea: [["REVIEWER", "AUDITOR"], { id: "rhea" }],
  cora: ["CONSENT", { type: "client", id: "portal" }],
  opal: [ALL_ROLES, { id: "opal" }],
} as const;

const MANY = 20;
const numbers = Array.from({ length: MANY }, (_, n) => n);
export const CASE_POLICY: readonly object[] = [
  ...SMALL_POLICY,
  { putRole: { name: "doctor" } },
  { putRole: { name: "porter" } },
  { putRole: { name: "sitter" } },
  { putClient: { id: "stale", name: "Stale" } },
  {
    putScope: { name: "ask_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }], requiresConsent: true },
  },
  { activateScope: { name: "ask_labs" } },
  {
    putRule: {
      ...{ id: "ask-labs", scope: "ask_labs", resourceType: "Observation", effect: "ALLOW", role: "*", action: "*" },
      justification: "Any role may ask.",
    },
  },
  { grantScope: { clientId: "reader-app", scope: "ask_labs" } },
  {
    putOrganization: {
      id: "*",
      settings: {
        accessRequestMaxMinutes: 60,
        consentRequests: { expireMinutes: 60, agreedDays: 10, refusedDays: 2 },
        breakGlass: { roles: ["doctor"], maxMinutes: 60, reviewWithinHours: 24 },
        alertResponses: [{ response: "STEP_UP", maxMinutes: 240 }],
      },
    },
  },
  { assignRole: { subjectId: "rose", role: "doctor", organization: "ward" } },
  { assignRole: { subjectId: "rose", role: "sitter", organization: "ward" } },
];

/** `issuer`: whose tokens are revoked. */
export function caseKinds(
  world: AlertWorld,
  issuer: string = TOKENS_OF.SCOPEWARDEN_JWT_ISSUER,
): { readonly [kind: string]: KindOfCase } {
  let last = 0;
  const next = (): number => ++last;
  const iso = (ms: number): string => new Date(world.time.now + ms).toISOString();
  const then =
    (by: string, step: (id: string) => Asked | Promise<Asked>, made: () => Promise<string>) =>
    async (): Promise<string> => {
      const id = await made();
      await world.data(by, ...(await step(id)));
      return id;
    };
  const opened = async (by: string, [query, variables]: Asked): Promise<string> =>
    (await world.data(by, query, variables)).id;
  const step =
    (mutation: string, more = ""): ((id: string) => Asked) =>
    (id) => [
      `mutation($id: ID!) { ${mutation}(id: $id${more}) { ${mutation === "applyProposal" ? "revision" : "id"} } }`,
      { id },
    ];
  const byId =
    (field: string) =>
    (id: string): Asked => [`query($id: ID!) { ${field}(id: $id) { state ${MAY} } }`, { id }];
  const ofList = (list: string) => (): Asked => [`{ ${list}(first: 200) { edges { node { id ${MAY} } } } }`, {}];
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  const inList = ({ edges }: any, id: string): SeenCase => edges.find(({ node }: any) => node.id === id)?.node;

  const lift = step("liftRestriction", ', reason: "r"');
  const IMPOSE = "mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id } }";
  const close = step("closeAlert", ', verdict: EXPECTED, text: "t"');
  const correct = step("correctVerdict", ', verdict: TRUE_POSITIVE, cause: MISUSED_PRIVILEGE, text: "t"');
  /** About rose; what stood before is closed. */
  const alert = async (): Promise<string> => {
    const query = 'query { alerts(filter: { subjectId: "rose" }) { edges { node { id state } } } }';
    const all = async () => (await world.data("otto", query)).edges.map(({ node }: { readonly node: object }) => node);
    for (const { id, state } of await all()) if (state !== "CLOSED") await world.data("otto", ...close(id));
    await world.looks("rose", 7, 1000 + 100 * next());
    return (await all()).find(({ state }: { readonly state: string }) => state === "OPEN").id;
  };
  /** Of rose, whom nobody blocks twice. */
  const block = async (): Promise<string> => {
    await world.ask("ada", 'mutation { liftRestriction(subject: { id: "rose" }, reason: "r") { id } }');
    const input = { subject: { id: "rose" }, response: "SUSPENSION", minutes: 30, reason: "r" };
    return opened("rita", [IMPOSE, { input }]);
  };
  const stepUp = async (): Promise<string> =>
    opened("rita", [IMPOSE, { input: { alertId: await alert(), response: "STEP_UP", minutes: 30, reason: "r" } }]);
  const ask = async (): Promise<string> => {
    const alertId = await alert();
    await world.data("otto", ...close(alertId));
    return opened("rita", ['mutation($id: ID!) { askSubject(alertId: $id, reason: "r") { id } }', { id: alertId }]);
  };
  const answer = step("answerInquiry", ', reasonCode: TREATMENT, text: "t", answeredBy: { id: "rose" }');
  const withdraw = step("withdrawInquiry", ', reason: "r"');

  const breakGlass = (): Promise<string> =>
    opened("gateway", [
      "mutation($input: BreakGlassInput!) { breakGlass(input: $input) { id } }",
      { input: { subject: { id: "rose" }, patient: `p${next()}`, organization: "ward", reason: "r", minutes: 60 } },
    ]);
  const endGlass = step("endBreakGlass");
  const reviewGlass = step("reviewBreakGlass", ', justified: true, text: "t"');

  const hold = (): Promise<string> =>
    opened("otto", [
      "mutation($input: PlaceLegalHoldInput!) { placeLegalHold(input: $input) { id } }",
      { input: { patient: `p${next()}`, reason: "r" } },
    ]);
  const revoke = (): Promise<string> =>
    opened("ada", [
      "mutation($input: RevokeTokensInput!) { revokeTokens(input: $input) { id } }",
      { input: { issuer, tokenId: `n${next()}`, until: iso(60 * DAY), reason: "r" } },
    ]);
  const suspend = (): Promise<string> =>
    opened("otto", [
      "mutation($input: SuspendAccountingInput!) { suspendAccounting(input: $input) { id } }",
      {
        input: {
          ...{ patient: `p${next()}`, recipient: { organization: "board" }, statement: "WRITTEN", agency: "The board" },
          ...{ until: iso(60 * DAY), reason: "r" },
        },
      },
    ]);

  const REQUEST = "mutation($input: RequestAccessInput!) { requestAccess(input: $input) { id } }";
  const role = () => ({
    role: "porter",
    organization: `house-${next()}-${"x".repeat(last)}`,
    minutes: 30,
    reason: "r",
  });
  const requestFor = (): Promise<string> =>
    opened("gateway", [REQUEST, { input: { ...role(), subject: { id: "nora" } } }]);
  const requestOwn = (): Promise<string> => opened("ada", [REQUEST, { input: role() }]);
  const decide = (approve: boolean) => step("decideAccessRequest", `, approve: ${approve}, reason: "r"`);
  const giveBack = step("returnAccess");

  const GRANT = "query($input: DecideGrantInput!) { decideGrant(input: $input) { consentRequest { id } } }";
  const patients = new Map<string, string>();
  const consent = (by: string) => async (): Promise<string> => {
    const patient = `p${next()}`;
    const input = { clientId: "reader-app", subject: { id: "alice" }, scopes: ["ask_labs"], purposeOfUse: "TREAT" };
    const { consentRequest } = await world.data(by, GRANT, { input: { ...input, context: { patient } } });
    patients.set(consentRequest.id, patient);
    return consentRequest.id;
  };
  const answerConsent = (id: string): Asked => [
    "mutation($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { id } }",
    { input: { id, answeredBy: { id: patients.get(id) }, agreed: ["ask_labs"], refused: [] } },
  ];

  /** Rose's accesses of a week that is over; no alert flags them. */
  const sampled: string[] = [];
  let week = "";
  const sample = async (): Promise<string> => {
    if (sampled.length === 0) {
      const [now, at] = [world.time.now, (week === "" ? world.time.now : Date.parse(week)) - 7 * DAY];
      world.time.now = at;
      week = new Date(at).toISOString();
      await world.looks("rose", 1, 9);
      for (const _ of numbers) {
        const resource = { type: "Observation", id: `o-${next()}`, patient: "patient-9" };
        await world.decide({ subject: { id: "rose" }, resource });
      }
      await world.looks("rose", 1, 9);
      world.time.now = now;
      const { accesses } = await world.data("otto", ...weekly());
      sampled.push(...accesses.map(({ id }: { readonly id: string }) => id));
      assert.equal(sampled.length, MANY);
    }
    return sampled.pop() as string;
  };
  const weekly = (): Asked => [
    `mutation($week: DateTime!) { drawWeeklySample(week: $week) { accesses { id ${MAY} } } }`,
    { week },
  ];
  const judge = step("judgeSample", ', verdict: JUSTIFIED, text: "t"');

  const START =
    "mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { id items { edges { node { id } } } } }";
  const review = async (more: object) => {
    const input = { title: "Review", reason: "r", dueAt: iso(DAY), ...more };
    const { id, items } = await world.data("otto", START, { input });
    return {
      id,
      items: items.edges.map(({ node }: { readonly node: { readonly id: string } }) => node.id) as string[],
    };
  };
  const decided = (verdict: string) => step("decideReviewItem", `, verdict: ${verdict}, reason: "r"`);
  /** Of one access, of rose's. */
  const campaign =
    (...verdicts: readonly string[]) =>
    async (): Promise<string> => {
      const { id, items } = await review({ role: "sitter" });
      for (const verdict of verdicts) await world.data("rita", ...decided(verdict)(items[0] as string));
      return id;
    };
  const closeReview = step("closeReviewCampaign");
  const proposalOf = async (id: string): Promise<string> =>
    (await world.data("ada", "query($id: ID!) { reviewCampaign(id: $id) { proposalId } }", { id })).proposalId;
  const ofReview = campaign("REMOVE");
  const proposedReview = then("rita", closeReview, ofReview);
  /** Its one item; once it is due, opal decides it. */
  const item = async (): Promise<string> => {
    const reviewers = { reviewers: ["rita", "rose", "otto"], fallbackReviewer: "opal" };
    return (await review({ role: "sitter", ...reviewers })).items[0] as string;
  };

  const PROPOSE = "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
  const made = new Map<string, object>();
  const propose = (by: string, changed: () => object) => async (): Promise<string> => {
    const change = changed();
    const id = await opened(by, [PROPOSE, { input: { title: "t", change, reason: "r" } }]);
    made.set(id, change);
    return id;
  };
  const client = () => ({ operations: [{ putClient: { id: `client-${next()}`, name: "New" } }] });
  const ofPolicy = propose("rita", client);
  const ofKey = (roles: readonly string[]) =>
    propose("rhea", () => ({ apiKey: { name: `key ${next()}`, roles, subject: { id: "sam" } } }));
  const quiet = async (): Promise<string> => {
    const suppressAlerts = { alertId: await alert(), detector: "DENIAL_BURST", until: iso(DAY) };
    return propose("rita", () => ({ suppressAlerts }))();
  };
  const approve = async (id: string): Promise<Asked> => {
    const { digest } = await world.data("nora", "query($id: ID!) { proposal(id: $id) { digest } }", { id });
    const query =
      'mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "r", flipsReason: "r") { id } }';
    return [query, { id, digest }];
  };
  const stale = async (): Promise<string> => {
    const name = `Stale ${next()}`;
    const id = await propose("rita", () => ({ operations: [{ updateClient: { id: "stale", name } }] }))();
    const operations = [{ updateClient: { id: "stale", name: `${name} by now` } }];
    await world.data(
      "ada",
      'mutation($o: [PolicyOperation!]!) { applyPolicy(input: { operations: $o, reason: "r" }) { revision } }',
      { o: operations },
    );
    return id;
  };
  const approved = then("nora", approve, ofPolicy);
  const apply = step("applyProposal");
  const reject = step("rejectProposal", ', reason: "r"');
  const withdrawProposal = step("withdrawProposal", ', reason: "r"');
  const createKey = (id: string): Asked => [
    'mutation($input: CreateApiKeyInput!, $id: ID!) { createApiKey(input: $input, reason: "r", proposal: $id) { apiKey { id } } }',
    { id, input: (made.get(id) as { apiKey?: object })?.apiKey ?? { name: "k", roles: ["SERVICE"] } },
  ];

  return {
    // First: what is watched goes forward, and these are of a week that is over.
    SAMPLE: {
      states: { OPEN: sample, JUDGED: then("rita", judge, sample) },
      one: weekly,
      found: ({ accesses }, id) => accesses.find((each: { readonly id: string }) => each.id === id),
      steps: { judgeSample: judge },
    },
    // Before many decisions are on record, which proposals replay.
    REVIEW_CAMPAIGN: {
      states: {
        OPEN: campaign(),
        "OPEN kept": campaign("KEEP"),
        "OPEN decided": ofReview,
        "OPEN ended": campaign(),
        PROPOSED: proposedReview,
        "PROPOSED refused": async () => {
          const id = await proposedReview();
          await world.data("ada", ...reject(await proposalOf(id)));
          return id;
        },
        "PROPOSED withdrawn": async () => {
          const id = await proposedReview();
          await world.data("rita", ...withdrawProposal(await proposalOf(id)));
          return id;
        },
        "CLOSED kept": then("rita", closeReview, campaign("KEEP")),
      },
      later: { "OPEN ended": 2 * DAY },
      one: byId("reviewCampaign"),
      steps: { closeReviewCampaign: closeReview },
    },
    REVIEW_ITEM: {
      states: {
        UNDECIDED: item,
        DUE: item,
        LAPSED: item,
        DECIDED: then("rita", decided("KEEP"), item),
      },
      later: { DUE: 2 * DAY, LAPSED: 10 * DAY },
      one: (id) => [
        `query($id: ID!) { reviewCampaign(id: $id) { items(first: 200) { edges { node { id ${MAY} } } } } }`,
        { id: id.split(".")[0] },
      ],
      found: ({ items }, id) => inList(items, id),
      entry: (id) => id.split(".")[0] as string,
      steps: { decideReviewItem: decided("KEEP") },
    },
    PROPOSAL: {
      states: {
        OPEN: ofPolicy,
        "OPEN to suppress": quiet,
        "OPEN of a review": async () => proposalOf(await proposedReview()),
        APPROVED: approved,
        "APPROVED to suppress": then("nora", approve, quiet),
        "APPROVED for a key": then("nora", approve, ofKey(["REVIEWER"])),
        "APPROVED for an auditor's key": then("nora", approve, ofKey(["AUDITOR"])),
        STALE: stale,
        APPLIED: then("ada", apply, approved),
        REJECTED: then("nora", reject, ofPolicy),
        WITHDRAWN: then("rita", withdrawProposal, ofPolicy),
        EXPIRED: ofPolicy,
      },
      later: { EXPIRED: 31 * DAY },
      one: byId("proposal"),
      steps: {
        commentProposal: step("commentProposal", ', text: "t"'),
        refreshProposal: step("refreshProposal", ', reason: "r"'),
        approveProposal: approve,
        rejectProposal: reject,
        withdrawProposal,
        applyProposal: apply,
        createApiKey: createKey,
      },
    },
    RESTRICTION: {
      states: {
        IN_FORCE: block,
        "IN_FORCE by an alert": stepUp,
        LIFTED: then("ada", lift, block),
        ENDED: block,
      },
      later: { ENDED: HOUR },
      one: byId("restriction"),
      steps: { liftRestriction: lift },
    },
    INQUIRY: {
      states: { OPEN: ask, ANSWERED: then("rose", answer, ask), WITHDRAWN: then("otto", withdraw, ask), EXPIRED: ask },
      later: { EXPIRED: 8 * DAY },
      one: byId("inquiry"),
      steps: { answerInquiry: answer, withdrawInquiry: withdraw },
    },
    ALERT: {
      states: {
        OPEN: alert,
        ACKNOWLEDGED: then("otto", step("acknowledgeAlert"), alert),
        CLOSED: then("otto", close, alert),
      },
      one: byId("alert"),
      steps: {
        acknowledgeAlert: step("acknowledgeAlert"),
        closeAlert: close,
        correctVerdict: correct,
        reopenAlert: step("reopenAlert"),
      },
    },
    BREAK_GLASS: {
      states: {
        OPEN: breakGlass,
        "AWAITING_REVIEW ended": then("gateway", endGlass, breakGlass),
        "AWAITING_REVIEW over": breakGlass,
        REVIEWED: then("rita", reviewGlass, then("gateway", endGlass, breakGlass)),
      },
      later: { "AWAITING_REVIEW over": 2 * HOUR },
      one: byId("breakGlassById"),
      steps: { endBreakGlass: endGlass, reviewBreakGlass: reviewGlass },
    },
    LEGAL_HOLD: {
      states: { IN_FORCE: hold, LIFTED: then("opal", step("liftLegalHold", ', reason: "r"'), hold) },
      one: ofList("legalHolds"),
      found: inList,
      steps: { liftLegalHold: step("liftLegalHold", ', reason: "r"') },
    },
    TOKEN_REVOCATION: {
      states: {
        IN_FORCE: revoke,
        ENDED: then("ada", step("endTokenRevocation", ', reason: "r"'), revoke),
        OVER: revoke,
      },
      later: { OVER: 61 * DAY },
      one: ofList("tokenRevocations"),
      found: inList,
      steps: { endTokenRevocation: step("endTokenRevocation", ', reason: "r"') },
    },
    ACCOUNTING_SUSPENSION: {
      states: {
        IN_FORCE: suspend,
        ENDED: then("otto", step("endAccountingSuspension", ', reason: "r"'), suspend),
        OVER: suspend,
      },
      later: { OVER: 61 * DAY },
      one: ofList("accountingSuspensions"),
      found: inList,
      steps: { endAccountingSuspension: step("endAccountingSuspension", ', reason: "r"') },
    },
    ACCESS_REQUEST: {
      states: {
        OPEN: requestFor,
        "OPEN own": requestOwn,
        APPROVED: then("ada", decide(true), requestFor),
        REFUSED: then("ada", decide(false), requestFor),
        RETURNED: then("ada", giveBack, then("ada", decide(true), requestFor)),
        "EXPIRED open": requestFor,
        "EXPIRED approved": then("ada", decide(true), requestFor),
      },
      later: { "EXPIRED open": 8 * DAY, "EXPIRED approved": HOUR },
      one: byId("accessRequest"),
      steps: { decideAccessRequest: decide(true), returnAccess: giveBack },
    },
    CONSENT_REQUEST: {
      states: {
        OPEN: consent("gateway"),
        "OPEN own": consent("opal"),
        ANSWERED: then("cora", answerConsent, consent("gateway")),
        EXPIRED: consent("opal"),
      },
      later: { EXPIRED: 2 * HOUR },
      one: byId("consentRequest"),
      steps: { answerConsentRequest: answerConsent },
    },
  };
}
