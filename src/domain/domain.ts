import { type BreakGlassDecisions, createBreakGlassDecisions } from "./audit/breakGlassDecisions.ts";
import type { DecisionCounter } from "./audit/decisionStats.ts";
import {
  type AccountingOfDisclosures,
  createAccountingOfDisclosures,
} from "./audit/disclosures/accountingOfDisclosures.ts";
import type { PatientAccessReader } from "./audit/disclosures/store.ts";
import type { AccountingSuspensionStore } from "./audit/disclosures/suspension.ts";
import { type AccountingSuspensions, createAccountingSuspensions } from "./audit/disclosures/suspensions.ts";
import { createTakeExportPage, type TakeExportPage } from "./audit/export/exportPage.ts";
import { createExportProofs } from "./audit/export/exportProofs.ts";
import type { StoredActReader } from "./audit/export/store.ts";
import { createFindByText, type FindByText } from "./audit/names/findByText.ts";
import { createNameNotes, type NameNotes } from "./audit/names/nameNotes.ts";
import {
  createRequireNoSlip,
  organizationsIn,
  organizationsOfDirectory,
  type RequireNoSlip,
} from "./audit/names/occurring.ts";
import { createRecordAudit, createRecordReads, type RecordReads } from "./audit/recordReads.ts";
import { createLegalHolds, type LegalHolds } from "./audit/retention/legalHolds.ts";
import type { RetentionStore } from "./audit/retention/store.ts";
import { createTrustedRetention, type TrustedRetention } from "./audit/retention/trustedRetention.ts";
import { type UsageReader, usageOfWhole } from "./audit/usage.ts";
import { type ApiKeys, createApiKeys } from "./callers/apiKeys.ts";
import { keyStandings, type ServiceFacts, twoWhoApprove } from "./callers/standing.ts";
import type { ApiKeyStore } from "./callers/types.ts";
import { createInboxes, type Inboxes } from "./cases/inbox.ts";
import { type AccessRequests, createAccessRequests } from "./consent/accessRequests/accessRequests.ts";
import { createEndAccess, type EndAccess } from "./consent/accessRequests/endAccess.ts";
import type { AccessRequestStore } from "./consent/accessRequests/store.ts";
import { type BreakGlasses, createBreakGlasses } from "./consent/breakGlass/breakGlasses.ts";
import type { BreakGlassStore } from "./consent/breakGlass/store.ts";
import type { ConsentReadAct } from "./consent/consentReadAct.ts";
import { type Consents, createConsents } from "./consent/consents.ts";
import { type ConsentRequests, createConsentRequests } from "./consent/requests/consentRequests.ts";
import type { ConsentRequestStore } from "./consent/requests/store.ts";
import type { TokenRevocationStore } from "./consent/revocations/tokenRevocation.ts";
import { createTokenRevocations, type TokenRevocations } from "./consent/revocations/tokenRevocations.ts";
import type { ConsentStore } from "./consent/store.ts";
import { type ConsentAsking, createConsentAsking } from "./decisions/asking/consentAsking.ts";
import { type Authorizer, createAuthorizer } from "./decisions/authorize.ts";
import { createBreakGlassSource } from "./decisions/breakGlassSource.ts";
import { createConsentSource } from "./decisions/consentSource.ts";
import type { DecideFacts } from "./decisions/facts.ts";
import { type GatherAccess, gatherAccess } from "./decisions/gather.ts";
import { rolesIn } from "./decisions/holds/roles.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits } from "./decisions/inputReader.ts";
import { createRestrictionSource } from "./decisions/restrictions/restrictionSource.ts";
import type { RuleEngine } from "./decisions/ruleEngine.ts";
import type { DecisionReader, DecisionRecord } from "./decisions/types.ts";
import { accountsIn } from "./directory/accounts.ts";
import { createDirectoryAdmin, type DirectoryAdmin } from "./directory/admin.ts";
import { entityOf } from "./directory/directory.ts";
import type { DirectoryStore } from "./directory/store.ts";
import type { Journal } from "./kernel/journal.ts";
import type { Breathe, Clock, MonotonicClock, NewId, Pseudonym, Sha256 } from "./kernel/ports.ts";
import { NO_TURNS, type Turns } from "./kernel/turns.ts";
import { createHolderOfAlert } from "./monitoring/alerts/accessHolder.ts";
import { type Alerts, createAlerts } from "./monitoring/alerts/alerts.ts";
import { createFindingDecisions, type FindingDecisions } from "./monitoring/alerts/findingDecisions.ts";
import type { AlertStore } from "./monitoring/alerts/store.ts";
import { createSuppressing } from "./monitoring/alerts/suppressing.ts";
import type { BacktestTask } from "./monitoring/backtest/backtestInput.ts";
import { type Backtests, createBacktests } from "./monitoring/backtest/backtests.ts";
import type { MadeBacktest, WatchedHistory } from "./monitoring/backtest/makeBacktest.ts";
import type { BlindSpotStore } from "./monitoring/blindSpots/store.ts";
import { type WithoutBaseline, withoutBaseline } from "./monitoring/blindSpots/withoutBaseline.ts";
import type { Detector } from "./monitoring/detectors/detector.ts";
import { createDetectorAdmin, type DetectorAdmin } from "./monitoring/detectors/detectorAdmin.ts";
import { DETECTORS } from "./monitoring/detectors/detectors.ts";
import type { DetectorStore } from "./monitoring/detectors/store.ts";
import { type AccessHistory, createAccessHistory } from "./monitoring/explanations/accessHistory.ts";
import { createExplainAccess, createExplanations, type Explanations } from "./monitoring/explanations/explainAccess.ts";
import type { WatchedAccessStore } from "./monitoring/explanations/store.ts";
import { createInquiries, type Inquiries } from "./monitoring/responses/inquiries.ts";
import type { RestrictionStore } from "./monitoring/responses/restrictionStore.ts";
import { createRestrictions, type Restrictions } from "./monitoring/responses/restrictions.ts";
import type { InquiryStore } from "./monitoring/responses/store.ts";
import { type AccessReviews, createAccessReviews } from "./monitoring/reviews/reviews.ts";
import type { EvidenceReader, ReviewStore } from "./monitoring/reviews/store.ts";
import { createStopping } from "./monitoring/reviews/whoMay.ts";
import { createWeeklySamples, type WeeklySamples } from "./monitoring/samples/samples.ts";
import type { SampleStore } from "./monitoring/samples/store.ts";
import { stats } from "./monitoring/stats/measures.ts";
import type { Stats, StatsInput } from "./monitoring/stats/stats.ts";
import { createWebhooks, type DeliveryStore, type Webhooks } from "./monitoring/webhooks/delivery.ts";
import { createPolicyAdmin, type PolicyAdmin } from "./policy/admin.ts";
import type { CheckCondition, IsNarrower, ReadCondition } from "./policy/conditions.ts";
import type { Yaml } from "./policy/files/fileReader.ts";
import type { LintFacts } from "./policy/lintInput.ts";
import { createSnapshots } from "./policy/snapshots.ts";
import type { PolicyReader, PolicyStore } from "./policy/store.ts";
import { consentReadAct } from "./record/acts.ts";
import { type ArchivedIn, createArchivedIn } from "./record/archive/archivedIn.ts";
import type { ArchiveStore } from "./record/archive/store.ts";
import type { RecordHash } from "./record/tree/recordHash.ts";
import { createRecordProofs, type RecordProofs } from "./record/tree/recordProofs.ts";
import type { NoteSigner } from "./record/tree/signedNote.ts";
import type { RecordStore } from "./record/tree/store.ts";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "./scopes/fhir.ts";
import { type AccessReview, createAccessReview } from "./simulation/access/accessReview.ts";
import { type AccessSearch, createAccessSearch } from "./simulation/accessSearch.ts";
import type { JobStore, RunApart } from "./simulation/jobs/job.ts";
import { createJobQueue, type JobQueue } from "./simulation/jobs/jobQueue.ts";
import { createPolicyAsCode, type PolicyAsCode, type ReadFiles } from "./simulation/policyAsCode.ts";
import { createOutcomes } from "./simulation/proposals/outcome.ts";
import { createProposals, type Proposals } from "./simulation/proposals/proposals.ts";
import { createReports } from "./simulation/proposals/report.ts";
import { DEFAULT_PROPOSAL_RULES, type ProposalRules } from "./simulation/proposals/review.ts";
import type { ProposalStore } from "./simulation/proposals/store.ts";
import { createReplays, type Replays } from "./simulation/replay/replays.ts";
import type { JournalSpan, Replay, ReplayTask } from "./simulation/replay/types.ts";
import { type RequestableAccess, requestableAccess } from "./simulation/requestableAccess.ts";
import { createScopeLife, type ScopeLife } from "./simulation/scopeLife.ts";
import { createWhatIf, type RecordAct, type WhatIf } from "./simulation/whatIf.ts";

/** Everything the domain needs from outside. */
export interface Ports {
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly newId: NewId;
  readonly sha256: Sha256;
  /** 256 random bits as 43 characters of base64url. */
  readonly newSecret: () => string;
  readonly engine: RuleEngine & {
    readonly checkCondition: CheckCondition;
    readonly readCondition: ReadCondition;
    readonly isNarrower?: IsNarrower;
  };
  readonly policyStore: PolicyStore;
  readonly policyReader: PolicyReader;
  readonly directoryStore: DirectoryStore;
  readonly consentStore: ConsentStore;
  readonly journal: Journal<DecisionRecord>;
  readonly decisionReader: DecisionReader;
  readonly patientAccesses: PatientAccessReader;
  readonly storedActs: StoredActReader;
  /** Figures: they wait for nothing. */
  readonly usageReader: UsageReader;
  /** For what decides: each answer waits until all that was on record is counted. */
  readonly usageOnRecord: UsageReader;
  readonly decisionCounter: DecisionCounter;
  readonly watchedAccessStore: WatchedAccessStore;
  readonly recordAct: RecordAct;
  /** Made when it is first asked for. */
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly service: ServiceFacts;
  readonly apiKeyStore: ApiKeyStore;
  readonly proposalStore: ProposalStore;
  readonly accessRequestStore: AccessRequestStore;
  readonly consentRequestStore: ConsentRequestStore;
  readonly breakGlassStore: BreakGlassStore;
  readonly deliveryStore: DeliveryStore;
  readonly reviewStore: ReviewStore;
  readonly evidenceReader: EvidenceReader;
  readonly alertStore: AlertStore;
  readonly inquiryStore: InquiryStore;
  readonly restrictionStore: RestrictionStore;
  readonly blindSpotStore: BlindSpotStore;
  readonly sampleStore: SampleStore;
  /** A hash of a text under a secret of its own, which is made when it is first asked for. */
  readonly sampleKey: () => Promise<(text: string) => string>;
  readonly detectorStore: DetectorStore;
  readonly watchedHistory: WatchedHistory;
  readonly recordStore: RecordStore;
  readonly retentionStore: RetentionStore;
  readonly suspensionStore: AccountingSuspensionStore;
  readonly tokenRevocationStore: TokenRevocationStore;
  readonly recordHash: RecordHash;
  readonly archiveStore: Pick<ArchiveStore, "archives">;
  /** What checkpoints are signed with; absent, or null: nothing is signed here. */
  readonly checkpointSigner?: () => Promise<NoteSigner | null>;
  /** Absent: `DETECTORS`. */
  readonly detectors?: readonly Detector[];
  /** Whether what may allow more needs an approved proposal; absent: it does not. */
  readonly fourEyes?: boolean;
  /** Absent: `DEFAULT_PROPOSAL_RULES`. */
  readonly proposalRules?: ProposalRules;
  readonly jobStore: JobStore;
  readonly replayApart: RunApart<ReplayTask, Replay>;
  readonly readFiles: ReadFiles;
  readonly writeYaml: Yaml["write"];
  readonly backtestApart: RunApart<BacktestTask, MadeBacktest>;
  /** Of the decisions, once all can be searched; null: there are none. */
  readonly journalSpan: () => Promise<JournalSpan | null>;
  /** When the oldest decision was made that the journal has, in milliseconds since 1970; null: it has none. */
  readonly oldestDecision: () => Promise<number | null>;
  readonly limits?: InputLimits;
  /** The version of FHIR whose types and parameters are known; absent: R4. */
  readonly fhirVersion?: FhirVersion;
  /** Shares the process among requests; absent: there is no other. */
  readonly turns?: Turns;
  /** Lets other work run between the parts of a long change; absent: nothing waits. */
  readonly breathe?: Breathe;
  /** As `breathe`, and lets decisions go first: between the parts of a long question; absent: nothing waits. */
  readonly giveWay?: Breathe;
  /** As `giveWay`, for a question that is short as a whole and whose answer somebody waits for; absent: `giveWay`. */
  readonly giveWayBriefly?: Breathe;
}

/** What the doors (GraphQL, HTTP, command line) may use. */
export interface Domain {
  readonly policy: PolicyAdmin;
  readonly reader: PolicyReader;
  readonly directory: DirectoryAdmin;
  readonly consents: Consents;
  readonly consentRequests: ConsentRequests;
  /** Decides about tokens, and asks patients for the consent that they lack. */
  readonly consentAsking: ConsentAsking;
  readonly authorizer: Authorizer;
  /** What decisions made now would rest on beside policy and directory, restrictions that alerts brought among it. */
  readonly gather: GatherAccess;
  /** What a decision made now would rest on. @throws ScopewardenError POLICY_UNAVAILABLE */
  readonly decisionFacts: () => DecideFacts;
  readonly inputLimits: InputLimits;
  readonly turns: Turns;
  /** All that is on record, for this service itself; callers see `recordReads`. */
  readonly decisions: DecisionReader;
  /** Decisions on record, as a caller sees them. */
  readonly recordReads: RecordReads;
  readonly archivedIn: ArchivedIn;
  readonly nameNotes: NameNotes;
  readonly find: FindByText;
  readonly requireNoSlip: RequireNoSlip;
  readonly accountingOfDisclosures: AccountingOfDisclosures;
  readonly accessHistory: AccessHistory;
  readonly takeExportPage: TakeExportPage;
  readonly apiKeys: ApiKeys;
  /** What the service is, and how it is set. */
  readonly service: ServiceFacts & {
    readonly fourEyes: boolean;
    readonly fhirVersion: FhirVersion;
    readonly clock: Clock;
    /** Whether there are two people of whom one can approve what the other proposes. Rejects with AUTHENTICATION_UNAVAILABLE. */
    canTwoApprove(): Promise<boolean>;
  };
  readonly scopeLife: ScopeLife;
  /** Counts accesses in a window. @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE */
  readonly stats: (input: StatsInput) => Promise<Stats>;
  readonly explanation: Explanations;
  readonly whatIf: WhatIf;
  readonly policyAsCode: PolicyAsCode;
  readonly proposals: Proposals;
  readonly accessRequests: AccessRequests;
  readonly breakGlasses: BreakGlasses;
  readonly breakGlassDecisions: BreakGlassDecisions;
  readonly findingDecisions: FindingDecisions;
  readonly webhooks: Webhooks;
  readonly reviews: AccessReviews;
  readonly alerts: Alerts;
  readonly inquiries: Inquiries;
  readonly restrictions: Restrictions;
  /** What waits for a caller, of every kind of case. */
  readonly inboxes: Inboxes;
  /** Who acts and has no baseline, of what is learnt by now. @throws ScopewardenError JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE */
  readonly withoutBaseline: () => Promise<WithoutBaseline>;
  readonly samples: WeeklySamples;
  readonly detectors: DetectorAdmin;
  readonly backtests: Backtests;
  readonly recordProofs: RecordProofs;
  readonly retention: TrustedRetention;
  readonly legalHolds: LegalHolds;
  readonly accountingSuspensions: AccountingSuspensions;
  readonly endAccess: EndAccess;
  readonly tokenRevocations: TokenRevocations;
  /** What can be requested to mend a denial. */
  readonly requestableAccess: (record: DecisionRecord) => Promise<readonly RequestableAccess[]>;
  readonly accessReview: AccessReview;
  readonly accessSearch: AccessSearch;
  readonly replays: Replays;
  readonly jobs: JobQueue;
  /** Passed between the parts of what can wait: ends when it is its turn beside decisions. */
  readonly giveWay: Breathe;
  /** What the lint of rules and scopes goes by. */
  readonly lint: LintFacts;
}

export function createDomain(ports: Ports): Domain {
  const {
    breathe = () => Promise.resolve(),
    giveWay = () => Promise.resolve(),
    fourEyes = false,
    detectors = DETECTORS,
  } = ports;
  const version = ports.fhirVersion === undefined ? {} : { fhirVersion: ports.fhirVersion };
  const lint: LintFacts = {
    checkCondition: ports.engine.checkCondition,
    readCondition: ports.engine.readCondition,
    ...version,
  };
  const factSources = [
    createConsentSource(ports.consentStore),
    createBreakGlassSource({ store: ports.breakGlassStore, clock: ports.clock }),
  ];
  // What may be done by the policy: a restriction that ends within a day is none of it.
  const gather = gatherAccess(factSources);
  const restricting = createRestrictionSource({ store: ports.restrictionStore, clock: ports.clock });
  const sourcesNow = [...factSources, restricting];
  const changeFacts = () => ({
    now: ports.clock(),
    newId: ports.newId,
    ...(ports.engine.isNarrower && { isNarrower: ports.engine.isNarrower }),
    ...lint,
  });
  const policy = createPolicyAdmin({
    store: ports.policyStore,
    facts: changeFacts,
    clock: ports.clock,
    readUse: async (scope, since) => (await ports.usageOnRecord.ofScope(scope, since)).uses,
    organizationsBeside: async () => organizationsOfDirectory(await directory.refresh(), breathe),
    assertable: () => apiKeys.assertable(),
    breathe,
    fourEyes,
  });
  const namesNow = () => ({ policies: [policy.current()], directory: directory.current(), breathe: giveWay });
  const directory = createDirectoryAdmin({ store: ports.directoryStore, clock: ports.clock, breathe, fourEyes });
  const decisionFacts = () => ({
    snapshot: policy.current(),
    directory: directory.current(),
    engine: ports.engine,
    now: ports.clock(),
    ...version,
  });
  const apiKeys = createApiKeys({
    store: ports.apiKeyStore,
    clock: ports.clock,
    sha256: ports.sha256,
    newSecret: ports.newSecret,
    newId: ports.newId,
    fourEyes,
  });
  const asking = {
    facts: decisionFacts,
    changeFacts,
    snapshots: createSnapshots({ current: policy.current, store: ports.policyStore, breathe: giveWay }),
    directory: ports.directoryStore,
    consents: ports.consentStore,
    breakGlasses: ports.breakGlassStore,
    restrictions: ports.restrictionStore,
    decisions: ports.decisionReader,
    breathe: giveWay,
    recordAct: ports.recordAct,
    pseudonym: ports.pseudonym,
    ownSubjects: async (decisionId: string) => new Set(await ports.alertStore.ownOfDecision(decisionId)),
    sha256: ports.sha256,
    newId: ports.newId,
    monotonic: ports.monotonic,
    gather,
  };
  const whatIf = createWhatIf({ ...asking, limits: ports.limits ?? DEFAULT_INPUT_LIMITS });
  const access = { store: ports.accessRequestStore, policy, apiKeys, clock: ports.clock, newId: ports.newId };
  const accessRequests = createAccessRequests(access);
  const recordRead = (act: ConsentReadAct) => ports.recordAct(consentReadAct(ports.newId(), act));
  const recordAudit = createRecordAudit(ports);
  const disclosing = {
    accesses: ports.patientAccesses,
    owners: { consents: ports.consentStore, breakGlasses: ports.breakGlassStore },
    names: () => ({ snapshot: policy.current(), directory: directory.current() }),
    clock: ports.clock,
    recordAudit,
  };
  const reports = createReports({ ...asking, policy, clock: ports.clock, newSecret: ports.newSecret });
  const detectorAdmin = createDetectorAdmin({ store: ports.detectorStore, detectors, clock: ports.clock, fourEyes });
  const suppressing = createSuppressing({
    store: ports.alertStore,
    detectors,
    directory: directory.current,
    clock: ports.clock,
    newId: ports.newId,
    fourEyes,
  });
  const proposals = createProposals({
    suppressions: suppressing.proposed,
    detectors: detectorAdmin.proposed,
    store: ports.proposalStore,
    policy,
    directory,
    apiKeys,
    clock: ports.clock,
    newId: ports.newId,
    sha256: ports.sha256,
    breathe: giveWay,
    rules: ports.proposalRules ?? DEFAULT_PROPOSAL_RULES,
    reports,
    outcomes: createOutcomes({ ...asking, policy, reports, clock: ports.clock }),
    stopping: createStopping(ports.reviewStore),
  });
  const alerts = createAlerts({
    store: ports.alertStore,
    suppressing,
    recordAudit,
    detectors,
    decisions: ports.decisionReader,
    directory: directory.current,
    pseudonym: ports.pseudonym,
    clock: ports.clock,
  });
  const breakGlasses = createBreakGlasses({
    store: ports.breakGlassStore,
    policy,
    rolesOf: ({ organization, subject }) => {
      const asking = { clientId: "", subject: { ...subject, organization: null, roles: null, attributes: null } };
      return rolesIn(decisionFacts(), asking, organization);
    },
    organizationOccurs: async (id) => (await organizationsIn(namesNow())).has(id),
    pseudonym: ports.pseudonym,
    clock: ports.clock,
    newId: ports.newId,
  });
  const legalHolds = createLegalHolds({
    store: ports.retentionStore,
    clock: ports.clock,
    newId: ports.newId,
    recordAudit,
    apiKeys,
    fourEyes,
  });
  const accountingSuspensions = createAccountingSuspensions({
    store: ports.suspensionStore,
    clock: ports.clock,
    newId: ports.newId,
    recordAudit,
  });
  const tokenRevocations = createTokenRevocations({
    store: ports.tokenRevocationStore,
    clock: ports.clock,
    newId: ports.newId,
  });
  const inquiries = createInquiries({
    recordAudit,
    store: ports.inquiryStore,
    alerts: ports.alertStore,
    decisions: ports.decisionReader,
    directory: directory.current,
    pseudonym: ports.pseudonym,
    breathe: giveWay,
    clock: ports.clock,
    newId: ports.newId,
  });
  const restrictions = createRestrictions({
    recordAudit,
    store: ports.restrictionStore,
    alerts: ports.alertStore,
    policy,
    directory: directory.current,
    pseudonym: ports.pseudonym,
    breathe: giveWay,
    clock: ports.clock,
    newId: ports.newId,
  });
  const consentRequests = createConsentRequests({
    store: ports.consentRequestStore,
    consents: ports.consentStore,
    directory: directory.current,
    clock: ports.clock,
    newId: ports.newId,
    recordRead,
  });
  const samples = createWeeklySamples({
    recordAudit,
    ownSubjects: asking.ownSubjects,
    store: ports.sampleStore,
    decisions: ports.decisionReader,
    directory: directory.current,
    pseudonym: ports.pseudonym,
    sampleKey: ports.sampleKey,
    breathe: giveWay,
    clock: ports.clock,
  });
  const jobs = createJobQueue({ ...ports, store: ports.jobStore });
  const blind = { store: ports.blindSpotStore, detectors, breathe: giveWay };
  const counted = {
    ...blind,
    counter: ports.decisionCounter,
    watched: ports.watchedAccessStore,
    snapshot: policy.current,
    clock: ports.clock,
  };
  const archivedIn = createArchivedIn(ports.archiveStore);
  const usage = usageOfWhole(ports.usageReader, archivedIn);
  const recordProofs = createRecordProofs({
    store: ports.recordStore,
    signer: ports.checkpointSigner ?? (() => Promise.resolve(null)),
    clock: ports.clock,
  });
  const reviews = createAccessReviews({
    ...asking,
    store: ports.reviewStore,
    reader: ports.evidenceReader,
    usage: usageOfWhole(ports.usageOnRecord, archivedIn),
    figures: usage,
    oldestDecision: ports.oldestDecision,
    policy,
    proposals,
    alerts: ports.alertStore,
    holderOfAlert: createHolderOfAlert({ store: ports.alertStore, directory: directory.current }),
    clock: ports.clock,
  });

  return {
    policy,
    directory,
    apiKeys,
    service: {
      ...ports.service,
      fourEyes,
      fhirVersion: ports.fhirVersion ?? DEFAULT_FHIR_VERSION,
      clock: ports.clock,
      canTwoApprove: async () => twoWhoApprove(await keyStandings(await apiKeys.list(), ports.clock())) !== null,
    },
    reader: ports.policyReader,
    consents: createConsents({
      store: ports.consentStore,
      facts: () => ({
        directory: directory.current(),
        snapshot: policy.current(),
        fhirVersion: ports.fhirVersion ?? DEFAULT_FHIR_VERSION,
      }),
      clock: ports.clock,
      newId: ports.newId,
      recordRead,
    }),
    consentRequests,
    consentAsking: createConsentAsking({
      facts: decisionFacts,
      consents: ports.consentStore,
      store: ports.consentRequestStore,
      newId: ports.newId,
      giveWay,
      limits: ports.limits ?? DEFAULT_INPUT_LIMITS,
    }),
    authorizer: createAuthorizer({
      ...ports,
      factSources: sourcesNow,
      snapshot: policy.current,
      directory: directory.current,
    }),
    recordProofs,
    retention: createTrustedRetention({
      store: ports.retentionStore,
      snapshot: policy.current,
      hash: ports.recordHash,
      clock: ports.clock,
      newId: ports.newId,
      giveWay,
    }),
    legalHolds,
    tokenRevocations,
    decisionFacts,
    gather: gatherAccess(sourcesNow),
    giveWay,
    inputLimits: ports.limits ?? DEFAULT_INPUT_LIMITS,
    turns: ports.turns ?? NO_TURNS,
    decisions: ports.decisionReader,
    archivedIn,
    findingDecisions: createFindingDecisions({ ...asking, recordAudit }),
    recordReads: createRecordReads({ archivedIn, decisions: ports.decisionReader, proofs: recordProofs, recordAudit }),
    requireNoSlip: createRequireNoSlip(namesNow),
    nameNotes: createNameNotes({ ...asking, snapshot: policy.current, directory: directory.current }),
    find: createFindByText({ ...asking, snapshot: policy.current, directory: directory.current, recordAudit }),
    accountingOfDisclosures: createAccountingOfDisclosures({ ...disclosing, suspensions: ports.suspensionStore }),
    accountingSuspensions,
    accessHistory: createAccessHistory({ ...disclosing, watched: ports.watchedAccessStore }),
    takeExportPage: createTakeExportPage({
      stored: ports.storedActs,
      proofs: createExportProofs({
        archives: ports.archiveStore.archives,
        store: ports.recordStore,
        sign: recordProofs.sign,
        stored: ports.storedActs,
      }),
      sha256: ports.sha256,
      recordAudit,
    }),
    lint,
    stats: (input) => stats(counted, input),
    explanation: createExplanations({
      decisions: ports.decisionReader,
      explain: whatIf.explain,
      explainAccess: createExplainAccess({
        ...asking,
        directory: directory.current,
        watched: ports.watchedAccessStore,
        clock: ports.clock,
        recordRead,
      }),
    }),
    scopeLife: createScopeLife({
      facts: decisionFacts,
      changeFacts,
      reader: ports.policyReader,
      usage,
      briefly: ports.giveWayBriefly ?? giveWay,
      gather,
    }),
    accessSearch: createAccessSearch({
      ...asking,
      readCondition: ports.engine.readCondition,
      limits: ports.limits ?? DEFAULT_INPUT_LIMITS,
      turns: ports.turns ?? NO_TURNS,
    }),
    whatIf,
    policyAsCode: createPolicyAsCode({
      ...asking,
      ...{ policy, readFiles: ports.readFiles, writeYaml: ports.writeYaml },
      limits: ports.limits ?? DEFAULT_INPUT_LIMITS,
    }),
    accessReview: createAccessReview({ ...asking, limits: ports.limits ?? DEFAULT_INPUT_LIMITS }),
    replays: createReplays({
      ...asking,
      jobs,
      replayApart: ports.replayApart,
      journalSpan: ports.journalSpan,
    }),
    accessRequests,
    endAccess: createEndAccess({
      ...access,
      tokens: tokenRevocations,
      accountsOf: ({ id, type }) => accountsIn(entityOf(directory.current(), type, id)?.properties),
      fourEyes,
      propose: async (caller, input) => (await proposals.proposeOnce(caller, input)).id,
    }),
    breakGlasses,
    breakGlassDecisions: createBreakGlassDecisions({
      recordAudit,
      ownSubjects: asking.ownSubjects,
      store: ports.breakGlassStore,
      decisions: ports.decisionReader,
      pseudonym: ports.pseudonym,
    }),
    alerts,
    inquiries,
    restrictions,
    inboxes: createInboxes({
      desks: [
        alerts.desk,
        inquiries.desk,
        restrictions.desk,
        breakGlasses.desk,
        accessRequests.desk,
        consentRequests.desk,
        samples.desk,
        ...reviews.desks,
        accountingSuspensions.desk,
        legalHolds.desk,
        tokenRevocations.desk,
        proposals.desk,
      ],
      recordLook: (caller, shown) => recordAudit(caller, { field: "inbox", filter: {}, shown }),
    }),
    detectors: detectorAdmin,
    samples,
    withoutBaseline: async () => withoutBaseline({ ...blind, snapshot: policy.current() }),
    backtests: createBacktests({
      detectors,
      settings: ports.detectorStore.settings,
      alerts: ports.alertStore,
      history: ports.watchedHistory,
      jobs,
      backtestApart: ports.backtestApart,
      pseudonym: ports.pseudonym,
      clock: ports.clock,
      monotonic: ports.monotonic,
      breathe: giveWay,
      sha256: ports.sha256,
      recordAudit,
    }),
    jobs,
    webhooks: createWebhooks({ store: ports.deliveryStore, clock: ports.clock, newId: ports.newId }),
    requestableAccess: (record) =>
      requestableAccess({ facts: decisionFacts(), changeFacts: changeFacts(), gather }, record, giveWay),
    proposals,
    reviews,
  };
}
