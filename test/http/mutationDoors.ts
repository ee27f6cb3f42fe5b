/** A way to call a mutation, and `null` where the call must pass; `why` it may, where it is exempt. */
export type Door =
  | { readonly refused: string; readonly passes?: string }
  | { readonly exempt: string; readonly passes?: string };

const CHANGE = 'reason: "r") { revision }';
const KEY = (more: string) =>
  `createApiKey(input: { name: "k", roles: [SERVICE]${more} }, reason: "r") { apiKey { id } }`;
const NOTHING_YET = "changes nothing until it is approved by somebody else and applied";
const NARROWS = "can allow nothing more";

/**
 * Every mutation, and how it answers under four eyes: a call that may allow more is refused, or the mutation is exempt, and
 * why. A new mutation fails the test until it stands here.
 */
export const DOORS: Readonly<Record<string, Door>> = {
  decide: { exempt: "decides, and changes nothing" },
  decideBatch: { exempt: "decides, and changes nothing" },
  applyPolicy: {
    refused: `applyPolicy(input: { operations: [{ putRole: { name: "x" } }, { grantScope: { clientId: "app", scope: "view_labs" } }], ${CHANGE.replace(")", " })")}`,
    passes: `applyPolicy(input: { operations: [{ revokeScope: { clientId: "app", scope: "view_notes" } }], ${CHANGE.replace(")", " })")}`,
  },
  rollbackPolicy: { refused: `rollbackPolicy(toRevision: 1, ${CHANGE}` },
  createScope: {
    exempt: "makes a draft, which grants nothing",
    passes: `createScope(input: { name: "view_more", atoms: [{ resourceType: "Patient", actions: ["read"] }] }, ${CHANGE}`,
  },
  updateScope: {
    exempt: "changes a draft, which grants nothing",
    passes: `updateScope(input: { name: "view_draft", title: "Draft" }, ${CHANGE}`,
  },
  activateScope: { refused: `activateScope(input: { name: "view_draft" }, ${CHANGE}` },
  deprecateScope: {
    refused: `deprecateScope(input: { name: "view_old", sunsetAt: "2099-01-01T00:00:00Z" }, ${CHANGE}`,
    passes: `deprecateScope(input: { name: "view_old", sunsetAt: "2089-01-01T00:00:00Z" }, ${CHANGE}`,
  },
  retireScope: { exempt: NARROWS, passes: `retireScope(input: { name: "view_oldest" }, ${CHANGE}` },
  deleteScope: { refused: `deleteScope(input: { name: "patient/Observation.rs" }, ${CHANGE}` },
  createClient: {
    refused: `createClient(input: { id: "new", name: "New", protocolScopes: ["offline_access"] }, ${CHANGE}`,
    passes: `createClient(input: { id: "newer", name: "Newer" }, ${CHANGE}`,
  },
  updateClient: {
    refused: `updateClient(input: { id: "suspended", status: ACTIVE }, ${CHANGE}`,
    passes: `updateClient(input: { id: "app", status: SUSPENDED }, ${CHANGE}`,
  },
  deleteClient: { exempt: NARROWS, passes: `deleteClient(input: { id: "unused" }, ${CHANGE}` },
  grantScope: { refused: `grantScope(input: { clientId: "app", scope: "view_labs" }, ${CHANGE}` },
  revokeScope: { exempt: NARROWS, passes: `revokeScope(input: { clientId: "app", scope: "view_old" }, ${CHANGE}` },
  createRole: {
    refused: `createRole(input: { name: "newer", inherits: ["staff"] }, ${CHANGE}`,
    passes: `createRole(input: { name: "new" }, ${CHANGE}`,
  },
  updateRole: {
    refused: `updateRole(input: { name: "nurse", inherits: ["staff"] }, ${CHANGE}`,
    passes: `updateRole(input: { name: "nurse", description: "Nurses" }, ${CHANGE}`,
  },
  deleteRole: { refused: `deleteRole(input: { name: "guest" }, ${CHANGE}` },
  assignRole: {
    refused: `assignRole(input: { subjectId: "tess", role: "nurse", organization: "*" }, ${CHANGE}`,
  },
  unassignRole: {
    refused: `unassignRole(input: { subjectId: "tess", role: "barred", organization: "*" }, ${CHANGE}`,
    passes: `unassignRole(input: { subjectId: "tess", role: "staff", organization: "*" }, ${CHANGE}`,
  },
  createRule: {
    refused: `createRule(input: { role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation", effect: ALLOW }, ${CHANGE}`,
    passes: `createRule(input: { id: "no", role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation", effect: DENY }, ${CHANGE}`,
  },
  updateRule: { refused: `updateRule(input: { id: "some", clear: [WHEN] }, ${CHANGE}` },
  deleteRule: {
    refused: `deleteRule(input: { id: "barred" }, ${CHANGE}`,
    passes: `deleteRule(input: { id: "some" }, ${CHANGE}`,
  },
  createOrganization: {
    refused: `createOrganization(input: { id: "clinic", settings: { accessRequestMaxMinutes: 60 } }, ${CHANGE}`,
    passes: `createOrganization(input: { id: "office", settings: { patientScopesReachShared: false } }, ${CHANGE}`,
  },
  updateOrganization: {
    refused: `updateOrganization(input: { id: "ward", settings: { accessRequestMaxMinutes: 60 } }, ${CHANGE}`,
    passes: `updateOrganization(input: { id: "ward", settings: { alertResponses: [{ response: STEP_UP, maxMinutes: 5 }] } }, ${CHANGE}`,
  },
  deleteOrganization: { refused: `deleteOrganization(input: { id: "ward" }, ${CHANGE}` },
  recordConsent: {
    exempt: "is the patient's word, and no admin's",
    passes: `recordConsent(input: { id: "c", patient: "ada", effect: PERMIT, source: { kind: PORTAL }, reason: "r" }) { id }`,
  },
  recordFhirConsent: { exempt: "is the patient's word, and no admin's" },
  withdrawConsent: {
    exempt: "is the patient's word, and no admin's",
    passes: `withdrawConsent(id: "c", reason: "r") { id }`,
  },
  answerConsentRequest: { exempt: "is the patient's word, and no admin's" },
  startReplay: { exempt: "asks what would have been, and changes nothing" },
  startBacktest: { exempt: "asks what would have been, and changes nothing" },
  cancelJob: { exempt: "asks what would have been, and changes nothing" },
  proposePolicy: { exempt: NOTHING_YET },
  commentProposal: { exempt: NOTHING_YET },
  refreshProposal: { exempt: NOTHING_YET },
  approveProposal: { exempt: NOTHING_YET },
  rejectProposal: { exempt: NOTHING_YET },
  withdrawProposal: { exempt: NOTHING_YET },
  applyProposal: { exempt: "does what was approved" },
  requestAccess: { exempt: NOTHING_YET },
  breakGlass: { exempt: "is an emergency, within a setting that was proposed; somebody else reviews it" },
  endBreakGlass: { exempt: "takes an emergency away" },
  reviewBreakGlass: { exempt: "says what was found, and allows nothing" },
  startReviewCampaign: { exempt: "asks what is still needed, and allows nothing" },
  decideReviewItem: { exempt: "says what is to become of access; what goes is proposed" },
  closeReviewCampaign: { exempt: NOTHING_YET },
  decideAccessRequest: { exempt: "gives for a while what somebody else has asked for, within the maximum" },
  returnAccess: { exempt: "puts back what was there before, which would come by itself" },
  retryWebhookDelivery: { exempt: "tells somebody of what has happened already" },
  acknowledgeAlert: { exempt: "says who looks into it, and allows nothing" },
  closeAlert: { exempt: "says what was found, allows nothing, and quiets nothing there" },
  giveAccounting: { exempt: "says what a patient was given, and allows nothing" },
  reopenAlert: { exempt: "takes a verdict back, allows nothing, and ends what the verdict quieted" },
  correctVerdict: { exempt: "says what was found, allows nothing, and quiets nothing there" },
  suppressAlerts: {
    refused: `suppressAlerts(input: { alertId: "a", until: "2099-01-01T00:00:00Z", reason: "r" }) { id }`,
  },
  endAlertSuppression: { exempt: "takes a suppression away" },
  askSubject: { exempt: "asks a person, and allows nothing" },
  answerInquiry: { exempt: "is the person's word, and allows nothing" },
  imposeRestriction: { exempt: "takes access away for a while" },
  liftRestriction: { exempt: "gives back what the policy gives, which would come by itself within a day" },
  drawWeeklySample: { exempt: "says which accesses are to be judged, and allows nothing" },
  judgeSample: { exempt: "says what was found, and allows nothing" },
  acknowledgeIndexRebuild: { exempt: "takes note of what the service did, and allows nothing" },
  placeLegalHold: { exempt: "keeps what would be erased, and allows nothing" },
  liftLegalHold: { exempt: "allows nothing; who placed the hold does not lift it, which legalHolds.test.ts holds" },
  suspendAccounting: { exempt: "keeps something from a patient for a while, on record, and allows nothing" },
  endAccountingSuspension: { exempt: "gives a patient what the law gives, and allows nothing" },
  withdrawInquiry: { exempt: "takes a question away" },
  configureDetector: {
    refused: `configureDetector(input: { detector: MANY_PATIENTS, mode: OFF, reason: "r" }) { mode }`,
    passes: `configureDetector(input: { detector: MANY_PATIENTS, mode: ON, reason: "r" }) { mode }`,
  },
  endAccess: {
    exempt: "ends what allows nothing more, and proposes the rest",
    passes: `endAccess(subject: { id: "tess" }, reason: "r") { assignments kept { role organization because } proposalId }`,
  },
  putEntities: {
    refused: `putEntities(entities: [{ type: "user", id: "tess", properties: { vip: false } }], reason: "r") { count }`,
    passes: `putEntities(entities: [{ type: "user", id: "tess", properties: { vip: true } }], reason: "r") { count }`,
  },
  deleteEntities: {
    refused: `deleteEntities(entities: [{ type: "user", id: "tess" }], reason: "r") { count }`,
    passes: `deleteEntities(entities: [{ type: "user", id: "nobody" }], reason: "r") { count }`,
  },
  createApiKey: {
    refused: KEY(`, assertRoles: [{ role: "nurse", organization: "*" }]`),
    passes: KEY(""),
  },
  revokeTokens: {
    exempt: "shuts somebody out",
    passes: `revokeTokens(input: { issuer: "https://id.example", person: "tess", reason: "r" }) { inForce }`,
  },
  endTokenRevocation: { exempt: "accepts again what the issuer still stands for, and nobody ends their own" },
  revokeApiKey: { exempt: "takes a key away" },
};

const ATOMS = 'atoms: [{ resourceType: "Observation", actions: ["read"] }]';
const put = (name: string, ...steps: string[]) => `{ putScope: { name: "${name}", ${ATOMS} } }, ${steps.join(", ")}`;
/** The policy that the calls above are about. */
export const DOORS_POLICY = [
  `{ putRole: { name: "barred" } }, { putRole: { name: "staff" } }, { putRole: { name: "nurse" } }, { putRole: { name: "guest", inherits: ["barred"] } },
   { putClient: { id: "app", name: "App" } }, { putClient: { id: "unused", name: "Unused" } }, { putClient: { id: "suspended", name: "S", status: SUSPENDED } },
   ${put("view_labs", '{ activateScope: { name: "view_labs" } }')}, ${put("view_notes", '{ activateScope: { name: "view_notes" } }')},
   ${put("view_draft")} ${put("view_oldest", '{ activateScope: { name: "view_oldest" } }')},
   ${put("view_old", '{ activateScope: { name: "view_old" } }', '{ deprecateScope: { name: "view_old", sunsetAt: "2090-01-01T00:00:00Z" } }')},
   { putScope: { name: "patient/Observation.rs" } },
   { grantScope: { clientId: "app", scope: "view_notes" } }, { grantScope: { clientId: "app", scope: "view_old" } },
   { assignRole: { subjectId: "tess", role: "barred", organization: "*" } }, { assignRole: { subjectId: "tess", role: "staff", organization: "*" } },
   { putRule: { id: "barred", role: "barred", scope: "*", action: "*", resourceType: "*", effect: DENY } },
   { putRule: { id: "some", role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation", when: "subject.id == 'x'", effect: ALLOW } },
   { putRule: { id: "gone", role: "nurse", scope: "view_notes", action: "read", resourceType: "Observation", effect: ALLOW } },
   { putOrganization: { id: "ward", settings: { patientScopesReachShared: false, accessRequestMaxMinutes: 5 } } },
   { putOrganization: { id: "*", settings: { patientScopesReachShared: true, accessRequestMaxMinutes: 10 } } }`,
  '{ deleteRule: { id: "gone" } }',
];
/** And the directory. */
export const DOORS_ENTITIES =
  'mutation { putEntities(entities: [{ type: "user", id: "tess", properties: { vip: true } }], reason: "r") { count } }';
