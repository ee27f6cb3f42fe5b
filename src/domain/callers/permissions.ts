import { ScopewardenError } from "../kernel/errors.ts";
import { freshSignInNeeded } from "../policy/fourEyes.ts";
import { isPerson } from "./samePerson.ts";
import { CALLER_ROLES, type Caller, type CallerRole, type Identity } from "./types.ts";

/** How many decisions a root field asks for: one, or one for each item of a list argument. */
export type Decides = "one" | { readonly eachOf: string };

interface Permission {
  readonly roles: readonly CallerRole[];
  /** Who else may try it: with `dryRun: true`, which changes nothing. */
  readonly tries?: readonly CallerRole[];
  /** Absent: it decides nothing. */
  readonly decides?: Decides;
  /**
   * Whether it reads the journal, and may read much of it: such fields wait for others of their name, caller by caller, and give
   * way to decisions. Absent: it does not.
   */
  readonly readsJournal?: true;
  /** Whether it may look through much of the policy, whatever its answer comes to: the same goes for it. Absent: it does not. */
  readonly reviewsAccess?: true;
  /**
   * Whether it weighs, whatever it is called with: a person's token must be of a fresh sign-in where that is asked (RFC 9470). What may allow or
   * hide more asks for one besides (`requireMayAlone`), and what only takes away never. Absent: any will do.
   */
  readonly weighs?: true;
}

const policyReaders: Permission = { roles: ["admin", "reviewer", "auditor"] };
const policyMakers: Permission = { roles: ["admin", "reviewer"] };
const policyChangers: Permission = { roles: ["admin"], tries: ["reviewer"] };
const whatIfAskers: Permission = { roles: ["reviewer", "auditor"], reviewsAccess: true };
const recordReaders: Permission = { roles: ["service", "auditor"] };
/** What is on record of patients, to be given to them. */
const recordKeepers: Permission = { roles: ["auditor"], readsJournal: true };
/** Who may approve may propose: whose it was is looked at by the proposal itself. */
const reviewing: Permission = { roles: ["admin", "reviewer"] };
/** Whose consents they see: of one patient at a time, or all (`consents.ts`). Reviewers judge the policy, and not patients. */
const consentReaders: Permission = { roles: ["consent", "auditor"] };
/** What a patient said is recorded where it was said: no admin speaks for patients. */
const consentRecorders: Permission = { roles: ["consent"] };
/** They show what is on record, up to a page of decisions each. */
const alertReaders = { roles: ["reviewer", "auditor"], reviewsAccess: true } as const satisfies Permission;
/** They wait until the tree has all that is on record. */
const proofReaders: Permission = { roles: ["auditor"], reviewsAccess: true };
const usageReaders: Permission = { ...policyReaders, readsJournal: true };

/**
 * Which role may call which root field, and what it decides: the one table. A root field without a row is open to
 * nobody, and fails the tests. A service that reads decisions sees those that it asked for itself, and no others.
 */
export const PERMISSIONS = {
  authorize: { roles: ["service"], decides: "one" },
  authorizeBatch: { roles: ["service"], decides: { eachOf: "inputs" } },
  decide: { roles: ["service"], decides: "one" },
  decideBatch: { roles: ["service"], decides: { eachOf: "inputs" } },
  decideGrant: { roles: ["service"], decides: "one" },

  decision: recordReaders,
  decisions: { ...recordReaders, readsJournal: true },
  accountingOfDisclosures: recordKeepers,
  giveAccounting: recordKeepers,
  accountingsGiven: { roles: ["auditor"] },
  accessHistory: recordKeepers,
  // Whoever gives accountings leaves out of them what an agency asked for.
  accountingSuspensions: { roles: ["auditor"] },
  suspendAccounting: { roles: ["auditor"] },
  endAccountingSuspension: { roles: ["auditor"] },
  exportPage: recordKeepers,
  questionsAsked: { roles: ["auditor"] },

  // Whoever keeps the record says what must be kept; an admin, who sets how long, does not lift it.
  legalHolds: { roles: ["auditor"] },
  placeLegalHold: { roles: ["auditor"] },
  liftLegalHold: { roles: ["auditor"], weighs: true },

  checkpoint: { roles: ["auditor"] },
  checkpointKeys: { roles: ["auditor"] },
  archives: { roles: ["auditor"] },
  indexRebuilds: { roles: ["auditor"] },
  acknowledgeIndexRebuild: { roles: ["auditor"] },
  inclusionProof: proofReaders,
  consistencyProof: proofReaders,

  scopesSupported: { roles: ["service", "admin", "reviewer", "auditor"] },
  scope: policyReaders,
  scopes: policyReaders,
  lintScope: policyMakers,
  lintRule: policyMakers,
  // All that it counts names nobody.
  stats: usageReaders,
  scopeUse: usageReaders,
  retirementPreview: usageReaders,
  scopeAdvice: usageReaders,
  client: policyReaders,
  clients: policyReaders,
  role: policyReaders,
  roles: policyReaders,
  rule: policyReaders,
  rules: policyReaders,
  grants: policyReaders,
  assignments: policyReaders,
  entity: policyReaders,
  organization: policyReaders,
  organizations: policyReaders,
  entities: { ...policyReaders, reviewsAccess: true },
  policyRevision: policyReaders,
  policyRevisions: policyReaders,

  // Which kinds each may find: audit/names/findByText.ts.
  find: { roles: ["admin", "reviewer", "auditor", "consent"], readsJournal: true },

  // They go through the whole policy.
  policyFiles: { ...policyReaders, reviewsAccess: true },
  planPolicyFiles: { ...policyReaders, reviewsAccess: true },
  testPolicy: { ...policyReaders, reviewsAccess: true },

  applyPolicy: policyChangers,
  rollbackPolicy: policyChangers,
  createScope: policyChangers,
  updateScope: policyChangers,
  activateScope: policyChangers,
  deprecateScope: policyChangers,
  retireScope: policyChangers,
  deleteScope: policyChangers,
  createClient: policyChangers,
  updateClient: policyChangers,
  deleteClient: policyChangers,
  grantScope: policyChangers,
  revokeScope: policyChangers,
  createRole: policyChangers,
  updateRole: policyChangers,
  deleteRole: policyChangers,
  assignRole: policyChangers,
  unassignRole: policyChangers,
  createRule: policyChangers,
  updateRule: policyChangers,
  deleteRule: policyChangers,
  createOrganization: policyChangers,
  updateOrganization: policyChangers,
  deleteOrganization: policyChangers,

  proposal: policyReaders,
  proposals: policyReaders,
  proposalOutcome: usageReaders,
  proposePolicy: { ...reviewing, readsJournal: true },
  commentProposal: reviewing,
  refreshProposal: { ...reviewing, readsJournal: true },
  approveProposal: { ...reviewing, weighs: true },
  rejectProposal: reviewing,
  withdrawProposal: reviewing,
  applyProposal: { ...policyChangers, weighs: true },

  // A service asks for others, everybody else for themselves; who may decide or give back what: consent/accessRequests/whoMay.ts.
  requestAccess: { roles: CALLER_ROLES },
  decideAccessRequest: { roles: ["admin"], weighs: true },
  returnAccess: { roles: CALLER_ROLES },
  // A service sees those that it asked for itself.
  accessRequest: { roles: CALLER_ROLES },
  accessRequests: { roles: CALLER_ROLES },
  endAccess: { roles: ["admin"] },

  // A service sees, and ends, those that it opened itself; who may review which: consent/breakGlass/whoMay.ts.
  breakGlass: { roles: ["service"] },
  breakGlassById: { roles: ["service", "reviewer", "auditor"], readsJournal: true },
  breakGlasses: { roles: ["service", "reviewer", "auditor"], readsJournal: true },
  endBreakGlass: { roles: ["service"] },
  reviewBreakGlass: { roles: ["reviewer", "auditor"] },
  // Which items each may decide: monitoring/reviews/whoMay.ts.
  startReviewCampaign: { roles: ["reviewer", "auditor"], readsJournal: true },
  decideReviewItem: { roles: ["reviewer", "auditor"] },
  // It makes a proposal.
  closeReviewCampaign: { roles: ["reviewer"], readsJournal: true },
  // Each may have thousands of items.
  reviewCampaign: { ...policyReaders, reviewsAccess: true },
  reviewCampaigns: { ...policyReaders, reviewsAccess: true },
  reviewReport: { ...policyReaders, reviewsAccess: true },
  // They say what happens in the house, and whether others hear of it.
  webhookDeliveries: { roles: ["admin"] },
  retryWebhookDelivery: { roles: ["admin"] },

  // Whom an alert is about sees it, and judges it not: monitoring/alerts/whoMay.ts.
  alert: alertReaders,
  alerts: alertReaders,
  findings: alertReaders,
  acknowledgeAlert: { roles: alertReaders.roles },
  closeAlert: { roles: alertReaders.roles },
  correctVerdict: { roles: alertReaders.roles },
  reopenAlert: { roles: alertReaders.roles },
  suppressAlerts: { roles: alertReaders.roles },
  endAlertSuppression: { roles: alertReaders.roles },
  alertSuppressions: { roles: alertReaders.roles },
  // Who is asked answers, or a service that speaks for them: monitoring/responses/inquirers.ts.
  askSubject: { roles: alertReaders.roles },
  answerInquiry: { roles: CALLER_ROLES },
  withdrawInquiry: { roles: alertReaders.roles },
  inquiry: { roles: CALLER_ROLES },
  inquiries: { roles: CALLER_ROLES, reviewsAccess: true },
  // An admin, who ends access for good, may block a person, and does nothing because of an alert; nobody restricts or frees themselves
  // (monitoring/responses/restrictions.ts).
  imposeRestriction: { roles: ["admin", "reviewer"] },
  liftRestriction: { roles: ["admin", "reviewer"] },
  restriction: { roles: alertReaders.roles },
  restrictionsOf: { roles: ["admin", "reviewer", "auditor"] },
  restrictions: alertReaders,
  // Whose access or record it was judges none: monitoring/samples/samples.ts.
  weeklySample: alertReaders,
  drawWeeklySample: { roles: alertReaders.roles },
  judgeSample: { roles: alertReaders.roles },
  detectors: policyReaders,
  configureDetector: { roles: ["admin"] },
  backtest: usageReaders,
  startBacktest: policyReaders,

  putEntities: { roles: ["admin"] },
  deleteEntities: { roles: ["admin"] },

  consent: consentReaders,
  consents: consentReaders,
  exportConsent: consentReaders,
  recordConsent: consentRecorders,
  recordFhirConsent: consentRecorders,
  withdrawConsent: consentRecorders,
  // A service sees those that it asked for itself.
  consentRequest: { roles: ["service", "consent"] },
  consentRequests: consentRecorders,
  answerConsentRequest: consentRecorders,

  simulate: { ...policyReaders, reviewsAccess: true },
  explanation: whatIfAskers,
  // A service asks about its own client: `accessSearch.ts`.
  whoCan: { roles: ["service", "reviewer", "auditor"], reviewsAccess: true },
  patientAccess: whatIfAskers,
  patientPeople: whatIfAskers,
  replay: usageReaders,
  startReplay: policyReaders,
  // It shows up to 100 decisions of the record, or findings.
  job: { ...policyReaders, reviewsAccess: true },
  cancelJob: policyReaders,
  clientAccess: whatIfAskers,
  subjectAccess: whatIfAskers,
  comparePolicy: whatIfAskers,

  // Each sees what they may do themselves; the kinds of cases say who that is.
  inbox: { roles: CALLER_ROLES, reviewsAccess: true },
  toDo: { roles: CALLER_ROLES, reviewsAccess: true },
  casesDone: { roles: CALLER_ROLES, reviewsAccess: true },
  caseVersion: { roles: CALLER_ROLES, reviewsAccess: true },
  me: { roles: CALLER_ROLES },
  service: { roles: CALLER_ROLES },
  apiKeys: policyReaders,
  apiKeyEvents: { roles: ["auditor"] },
  // Which of them may give or revoke what: keyRoles.ts.
  tokenRevocations: policyReaders,
  // To shut out is a step for a bad night; to let in again weighs.
  revokeTokens: { roles: ["admin"] },
  endTokenRevocation: { roles: ["admin"], weighs: true },
  createApiKey: { roles: ["admin", "auditor"], weighs: true },
  revokeApiKey: { roles: ["admin", "auditor"] },
} as const satisfies { readonly [rootField: string]: Permission };

type Permissions = typeof PERMISSIONS;
/** The root fields that decide. */
export type DecidingField = {
  [Field in keyof Permissions]: Permissions[Field] extends { readonly decides: Decides } ? Field : never;
}[keyof Permissions];

const TABLE: { readonly [rootField: string]: Permission } = PERMISSIONS;
const rowOf = (rootField: string): Permission | null =>
  Object.hasOwn(TABLE, rootField) ? (TABLE[rootField] ?? null) : null;

/** The roles that may call a root field. */
export const rolesOf = (rootField: string): readonly CallerRole[] => rowOf(rootField)?.roles ?? [];

export const readsJournal = (rootField: string): boolean => rowOf(rootField)?.readsJournal ?? false;

/** Whether it may be much work: one of its name at a time for each caller. */
export const takesTurns = (rootField: string): boolean =>
  readsJournal(rootField) || (rowOf(rootField)?.reviewsAccess ?? false);

/** Whether a caller may call a root field, and not only try it. */
export const mayCall = ({ roles }: Pick<Caller, "roles">, rootField: string): boolean =>
  rolesOf(rootField).some((role) => roles.has(role));

/** The roles that may call it with `dryRun: true` alone. */
export const triesOf = (rootField: string): readonly CallerRole[] => rowOf(rootField)?.tries ?? [];

/** Null: it decides nothing. */
export const decidesOf = (rootField: string): Decides | null => rowOf(rootField)?.decides ?? null;

export const isDecidingField = (rootField: string): rootField is DecidingField => decidesOf(rootField) !== null;

/** Which role may ask at which HTTP door beside GraphQL: the same, by path. A path without a row is open to nobody. */
export const DOORS: { readonly [path: string]: readonly CallerRole[] } = {
  "/access/v1/evaluation": ["service"],
  "/access/v1/evaluations": ["service"],
  "/access/v1/search/subject": ["service"],
  "/access/v1/search/resource": ["service"],
  "/access/v1/search/action": ["service"],
  "/access/v1/grant": ["service"],
  "/introspect": ["service"],
  "/access/v1/openapi.json": CALLER_ROLES,
  "/jobs/:id/events": policyReaders.roles,
};

/** Why a fresh sign-in must come before a root field, as a sentence; null: none must. */
export function needsFreshSignIn({ staleSignIn }: Pick<Identity, "staleSignIn">, rootField: string): string | null {
  if (staleSignIn === undefined || rowOf(rootField)?.weighs !== true) return null;
  return freshSignInNeeded(rootField, staleSignIn);
}

/** @throws ScopewardenError FORBIDDEN, naming the roles that may; INSUFFICIENT_USER_AUTHENTICATION */
export function requirePermission(
  caller: Caller & Pick<Identity, "staleSignIn">,
  rootField: string,
  call: { readonly dryRun: boolean },
): void {
  const tries = triesOf(rootField);
  if (tries.some((role) => caller.roles.has(role))) {
    if (call.dryRun) return;
    const what = `${rootField} without dryRun: true`;
    requireRole(caller, what, rolesOf(rootField));
  } else requireRole(caller, rootField, rolesOf(rootField));
  const because = call.dryRun ? null : needsFreshSignIn(caller, rootField);
  if (because !== null) throw new ScopewardenError("INSUFFICIENT_USER_AUTHENTICATION", because);
}

/** @throws ScopewardenError FORBIDDEN, naming the roles that may. */
export function requireDoor(caller: Caller, path: string): void {
  requireRole(caller, path, Object.hasOwn(DOORS, path) ? (DOORS[path] ?? []) : []);
}

function requireRole(caller: Caller, what: string, allowed: readonly CallerRole[]): void {
  if (allowed.some((role) => caller.roles.has(role))) return;
  throw new ScopewardenError(
    "FORBIDDEN",
    allowed.length === 0
      ? `${what} is open to no role.`
      : `${what} needs the role ${allowed.join(" or ")}; this caller holds ${[...caller.roles].join(", ") || "none"}.`,
  );
}

/** The caller id that a caller's view of the journal is limited to, or null when it may see all. */
export function journalView(caller: Caller): string | null {
  return caller.roles.has("auditor") ? null : caller.id;
}

/** Who judges the policy and not patients, whom they see under pseudonyms: what they ask must name nobody. */
export const seesPseudonyms = ({ roles }: Pick<Caller, "roles">): boolean =>
  !roles.has("auditor") && (roles.has("admin") || roles.has("reviewer"));

/** The consent desk: a person who records what patients say. They pick staff, clients and scopes by name; a program has their ids. */
export const isConsentDesk = (caller: Pick<Identity, "roles" | "subject" | "withoutPerson">): boolean =>
  caller.roles.has("consent") && isPerson(caller);

/** Who sees what single people did. An admin sees counts. */
export const seesAccesses = ({ roles }: Pick<Caller, "roles">): boolean =>
  roles.has("reviewer") || roles.has("auditor");
