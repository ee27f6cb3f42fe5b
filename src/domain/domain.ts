import { createBreakGlassDecisions } from "./audit/breakGlassDecisions.ts";
import type { DecisionCounter } from "./audit/decisionStats.ts";
import { createDirectoryReads } from "./audit/directoryReads.ts";
import { createAccountingOfDisclosures } from "./audit/disclosures/accountingOfDisclosures.ts";
import { createGivenAccountings, type GivenAccountingStore } from "./audit/disclosures/givenAccountings.ts";
import type { PatientAccessReader } from "./audit/disclosures/store.ts";
import type { AccountingSuspensionStore } from "./audit/disclosures/suspension.ts";
import { createAccountingSuspensions } from "./audit/disclosures/suspensions.ts";
import { createRecordOpened } from "./audit/entityOpened.ts";
import { createTakeExportPage } from "./audit/export/exportPage.ts";
import { createExportProofs } from "./audit/export/exportProofs.ts";
import type { StoredActReader } from "./audit/export/store.ts";
import { createIndexRebuilds, type IndexRebuildStore } from "./audit/indexRebuilds.ts";
import { createRecordNamed } from "./audit/namedOnRecord.ts";
import { createFindByText } from "./audit/names/findByText.ts";
import { createNameNotes } from "./audit/names/nameNotes.ts";
import { createRequireNoSlip, organizationsIn, organizationsOfDirectory } from "./audit/names/occurring.ts";
import { inNoDecision } from "./audit/names/patientOccurs.ts";
import { createQuestionsAsked, type QuestionStore } from "./audit/questionsAsked.ts";
import { createRecordAudit, createRecordReads } from "./audit/recordReads.ts";
import { createLegalHolds } from "./audit/retention/legalHolds.ts";
import type { RetentionStore } from "./audit/retention/store.ts";
import { createTrustedRetention } from "./audit/retention/trustedRetention.ts";
import { createSeenRevocation, isPatientsAccount } from "./audit/seenRevocation.ts";
import { type UsageReader, usageOfWhole } from "./audit/usage.ts";
import { createApiKeys } from "./callers/apiKeys.ts";
import { tokenCaller } from "./callers/callerName.ts";
import { keyStandings, type ServiceFacts, twoWhoApprove } from "./callers/standing.ts";
import type { ApiKeyStore, Caller, CallerSubject } from "./callers/types.ts";
import { createInboxes } from "./cases/inbox.ts";
import { createAccessRequests } from "./consent/accessRequests/accessRequests.ts";
import { createEndAccess } from "./consent/accessRequests/endAccess.ts";
import type { AccessRequestStore } from "./consent/accessRequests/store.ts";
import { createBreakGlasses } from "./consent/breakGlass/breakGlasses.ts";
import type { BreakGlassStore } from "./consent/breakGlass/store.ts";
import type { ConsentReadAct } from "./consent/consentReadAct.ts";
import { createConsents } from "./consent/consents.ts";
import { createConsentRequests } from "./consent/requests/consentRequests.ts";
import type { ConsentRequestStore } from "./consent/requests/store.ts";
import type { TokenRevocationStore } from "./consent/revocations/tokenRevocation.ts";
import { createTokenRevocations } from "./consent/revocations/tokenRevocations.ts";
import type { ConsentStore } from "./consent/store.ts";
import { createConsentAsking } from "./decisions/asking/consentAsking.ts";
import { createTryConsent } from "./decisions/asking/consentTrial.ts";
import { createAuthorizer } from "./decisions/authorize.ts";
import { createBreakGlassSource } from "./decisions/breakGlassSource.ts";
import { createConsentSource } from "./decisions/consentSource.ts";
import type { DecideFacts } from "./decisions/facts.ts";
import { gatherAccess } from "./decisions/gather.ts";
import { rolesIn } from "./decisions/holds/roles.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits } from "./decisions/inputReader.ts";
import { createRestrictionSource } from "./decisions/restrictions/restrictionSource.ts";
import type { RuleEngine } from "./decisions/ruleEngine.ts";
import type { DecisionReader, DecisionRecord } from "./decisions/types.ts";
import { accountsIn } from "./directory/accounts.ts";
import { createDirectoryAdmin } from "./directory/admin.ts";
import { entityOf, ownersOf } from "./directory/directory.ts";
import { createOpenDirectory } from "./directory/openDirectory.ts";
import { asKnown } from "./directory/samePeople.ts";
import type { DirectoryStore } from "./directory/store.ts";
import type { Journal } from "./kernel/journal.ts";
import type { Breathe, Clock, MonotonicClock, NewId, Pseudonym, Sha256 } from "./kernel/ports.ts";
import { NO_TURNS, type Turns } from "./kernel/turns.ts";
import { createHolderOfAlert } from "./monitoring/alerts/accessHolder.ts";
import { createAlerts } from "./monitoring/alerts/alerts.ts";
import { createFindingDecisions } from "./monitoring/alerts/findingDecisions.ts";
import type { AlertStore } from "./monitoring/alerts/store.ts";
import { createSuppressing } from "./monitoring/alerts/suppressing.ts";
import type { BacktestTask } from "./monitoring/backtest/backtestInput.ts";
import { createBacktests } from "./monitoring/backtest/backtests.ts";
import type { MadeBacktest, WatchedHistory } from "./monitoring/backtest/makeBacktest.ts";
import type { BlindSpotStore } from "./monitoring/blindSpots/store.ts";
import { withoutBaseline } from "./monitoring/blindSpots/withoutBaseline.ts";
import type { Detector } from "./monitoring/detectors/detector.ts";
import { createDetectorAdmin } from "./monitoring/detectors/detectorAdmin.ts";
import { DETECTORS } from "./monitoring/detectors/detectors.ts";
import type { DetectorStore } from "./monitoring/detectors/store.ts";
import { createAccessHistory } from "./monitoring/explanations/accessHistory.ts";
import { createExplainAccess, createExplanations } from "./monitoring/explanations/explainAccess.ts";
import type { WatchedAccessStore } from "./monitoring/explanations/store.ts";
import { createInquiries } from "./monitoring/responses/inquiries.ts";
import type { RestrictionStore } from "./monitoring/responses/restrictionStore.ts";
import { createRestrictions } from "./monitoring/responses/restrictions.ts";
import type { InquiryStore } from "./monitoring/responses/store.ts";
import { createAccessReviews } from "./monitoring/reviews/reviews.ts";
import type { EvidenceReader, ReviewStore } from "./monitoring/reviews/store.ts";
import { createKnownReviewers, createStopping } from "./monitoring/reviews/whoMay.ts";
import { createWeeklySamples } from "./monitoring/samples/samples.ts";
import type { SampleStore } from "./monitoring/samples/store.ts";
import { stats } from "./monitoring/stats/measures.ts";
import type { StatsInput } from "./monitoring/stats/stats.ts";
import { createWebhooks, type DeliveryStore } from "./monitoring/webhooks/delivery.ts";
import { createPolicyAdmin } from "./policy/admin.ts";
import type { CheckCondition, IsNarrower, ReadCondition } from "./policy/conditions.ts";
import type { Yaml } from "./policy/files/fileReader.ts";
import type { LintFacts } from "./policy/lintInput.ts";
import { createSnapshots } from "./policy/snapshots.ts";
import type { PolicyReader, PolicyStore } from "./policy/store.ts";
import { consentReadAct } from "./record/acts.ts";
import { createArchivedIn } from "./record/archive/archivedIn.ts";
import type { ArchiveStore } from "./record/archive/store.ts";
import type { RecordHash } from "./record/tree/recordHash.ts";
import { createRecordProofs } from "./record/tree/recordProofs.ts";
import type { NoteSigner } from "./record/tree/signedNote.ts";
import type { RecordStore } from "./record/tree/store.ts";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "./scopes/fhir.ts";
import { createAccessReview } from "./simulation/access/accessReview.ts";
import { createAccessSearch } from "./simulation/accessSearch.ts";
import { createAskedBy } from "./simulation/askedFacts.ts";
import type { JobStore, RunApart } from "./simulation/jobs/job.ts";
import { createJobQueue } from "./simulation/jobs/jobQueue.ts";
import { createPatientSearch } from "./simulation/patientSearch.ts";
import { createPolicyAsCode, type ReadFiles } from "./simulation/policyAsCode.ts";
import { createOutcomes } from "./simulation/proposals/outcome.ts";
import { createProposals } from "./simulation/proposals/proposals.ts";
import { createReports } from "./simulation/proposals/report.ts";
import { DEFAULT_PROPOSAL_RULES, type ProposalRules } from "./simulation/proposals/review.ts";
import type { ProposalStore } from "./simulation/proposals/store.ts";
import { createReplays } from "./simulation/replay/replays.ts";
import type { JournalSpan, Replay, ReplayTask } from "./simulation/replay/types.ts";
import { createScopeLife } from "./simulation/scopeLife.ts";
import { requestableAccess, sufficientSince } from "./simulation/sufficientAccess.ts";
import { createWhatIf, type RecordAct } from "./simulation/whatIf.ts";

/** What is kept outside, by what it keeps. */
export interface Stores {
  readonly policy: PolicyStore;
  readonly reader: PolicyReader;
  readonly directory: DirectoryStore;
  readonly consents: ConsentStore;
  readonly journal: Journal<DecisionRecord>;
  readonly decisions: DecisionReader;
  readonly patientAccesses: PatientAccessReader;
  readonly storedActs: StoredActReader;
  readonly indexRebuilds: IndexRebuildStore;
  /** Figures: they wait for nothing. */
  readonly usage: UsageReader;
  /** For what decides: each answer waits until all that was on record is counted. */
  readonly usageOnRecord: UsageReader;
  readonly counter: DecisionCounter;
  readonly watched: WatchedAccessStore;
  readonly apiKeys: ApiKeyStore;
  readonly proposals: ProposalStore;
  readonly accessRequests: AccessRequestStore;
  readonly consentRequests: ConsentRequestStore;
  readonly breakGlasses: BreakGlassStore;
  readonly deliveries: DeliveryStore;
  readonly reviews: ReviewStore;
  readonly evidence: EvidenceReader;
  readonly questionsAsked: QuestionStore;
  readonly accountingsGiven: GivenAccountingStore;
  readonly alerts: AlertStore;
  readonly inquiries: InquiryStore;
  readonly restrictions: RestrictionStore;
  readonly blindSpots: BlindSpotStore;
  readonly samples: SampleStore;
  readonly detectors: DetectorStore;
  readonly watchedHistory: WatchedHistory;
  readonly record: RecordStore;
  readonly retention: RetentionStore;
  readonly suspensions: AccountingSuspensionStore;
  readonly tokenRevocations: TokenRevocationStore;
  /** Whether a caller of this id changed, decided or said anything. */
  readonly hasActed: (callerId: string) => Promise<boolean>;
  readonly archives: Pick<ArchiveStore, "archives">;
  readonly jobs: JobStore;
  readonly recordAct: RecordAct;
  /** Of the decisions, once all can be searched; null: there are none. */
  readonly journalSpan: () => Promise<JournalSpan | null>;
  /** When the oldest decision was made that the journal has, in milliseconds since 1970; null: it has none. */
  readonly oldestDecision: () => Promise<number | null>;
}

/** Everything the domain needs from outside. */
export interface Ports {
  readonly stores: Stores;
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
  /** Made when it is first asked for. */
  readonly pseudonym: () => Promise<Pseudonym>;
  /** A hash of a text under a secret of its own, which is made when it is first asked for. */
  readonly sampleKey: () => Promise<(text: string) => string>;
  readonly service: ServiceFacts;
  readonly recordHash: RecordHash;
  /** What checkpoints are signed with; absent, or null: nothing is signed here. */
  readonly checkpointSigner?: () => Promise<NoteSigner | null>;
  /** Absent: `DETECTORS`. */
  readonly detectors?: readonly Detector[];
  /** Whether what may allow more needs an approved proposal; absent: it does not. */
  readonly fourEyes?: boolean;
  /** Absent: `DEFAULT_PROPOSAL_RULES`. */
  readonly proposalRules?: ProposalRules;
  readonly replayApart: RunApart<ReplayTask, Replay>;
  readonly backtestApart: RunApart<BacktestTask, MadeBacktest>;
  readonly readFiles: ReadFiles;
  readonly writeYaml: Yaml["write"];
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
export type Domain = ReturnType<typeof createDomain>;

export function createDomain(ports: Ports) {
  const {
    breathe = () => Promise.resolve(),
    giveWay = () => Promise.resolve(),
    giveWayBriefly = giveWay,
    checkpointSigner = () => Promise.resolve(null),
    detectors = DETECTORS,
    fhirVersion = DEFAULT_FHIR_VERSION,
    fourEyes = false,
    limits = DEFAULT_INPUT_LIMITS,
    proposalRules = DEFAULT_PROPOSAL_RULES,
    turns = NO_TURNS,
    clock,
    engine,
    newId,
    stores,
  } = ports;
  const { decisions, recordAct } = stores;
  const { checkCondition, isNarrower, readCondition } = engine;

  // The policy and the directory, and what decisions rest on.
  const lint: LintFacts = { checkCondition, readCondition, fhirVersion };
  const changeFacts = () => ({ now: clock(), newId, ...(isNarrower && { isNarrower }), ...lint });
  const apiKeys = createApiKeys({ ...ports, store: stores.apiKeys, fourEyes });
  const directory = createDirectoryAdmin({ store: stores.directory, clock, breathe, fourEyes });
  const policy = createPolicyAdmin({
    store: stores.policy,
    facts: changeFacts,
    readUse: async (scope, since) => (await stores.usageOnRecord.ofScope(scope, since)).uses,
    async organizationsBeside() {
      await directory.refresh();
      // A name that only a patient's entry has would be told by a finding that there is none.
      return organizationsOfDirectory(await openDirectory(), breathe);
    },
    assertable: apiKeys.assertable,
    ...{ clock, breathe, fourEyes },
  });
  const current = { snapshot: policy.current, directory: directory.current };
  const facts = (): DecideFacts => ({
    ...{ snapshot: policy.current(), directory: directory.current() },
    ...{ engine, now: clock(), fhirVersion },
  });
  const factSources = [
    createConsentSource(stores.consents),
    createBreakGlassSource({ store: stores.breakGlasses, clock }),
  ];
  // What may be done by the policy: a restriction that ends within a day is none of it.
  const gather = gatherAccess(factSources);
  const openDirectory = createOpenDirectory({ directory: directory.current, breathe: giveWayBriefly });
  const askedBy = createAskedBy({ facts, gather, openDirectory });
  const sourcesNow = [...factSources, createRestrictionSource({ store: stores.restrictions, clock })];

  const recordNamed = createRecordNamed({ ...ports, recordAct, revision: () => policy.current().revision });

  /** What most rooms ask for, under the names by which they do. */
  const shared = {
    ...ports,
    ...{ policy, apiKeys, decisions, recordAct, changeFacts, facts, gather, detectors, fourEyes, limits, turns },
    ...{ askedBy, openDirectory },
    ...{ breathe: giveWay, giveWay },
    consents: stores.consents,
    breakGlasses: stores.breakGlasses,
    restrictions: stores.restrictions,
    snapshots: createSnapshots({ current: policy.current, store: stores.policy, breathe: giveWay }),
    ownSubjects: async (decisionId: string) => new Set(await stores.alerts.ownOfDecision(decisionId)),
    recordAudit: createRecordAudit({ clock, newId, recordAct }),
    recordNamed,
    recordOpened: createRecordOpened(recordNamed),
    recordRead: (act: ConsentReadAct) => recordAct(consentReadAct(newId(), act)),
  };
  /** With the directory of now. */
  const now = { ...shared, ...current };
  /** With the versions of what was known when a decision was made. */
  const then = { ...shared, directory: stores.directory };
  const known = (subject: CallerSubject) => asKnown(directory.current(), subject);
  /** Without entries of patients: by a name that one of these alone has, whoever asks would learn that it is there. */
  const openNames = async () => ({
    policies: [policy.current()],
    directory: await openDirectory(),
    breathe: giveWay,
  });

  const archivedIn = createArchivedIn(stores.archives);
  const usage = usageOfWhole(stores.usage, archivedIn);
  const recordProofs = createRecordProofs({ store: stores.record, signer: checkpointSigner, clock });
  const jobs = createJobQueue({ ...shared, store: stores.jobs });
  const whatIf = createWhatIf(then);
  const reports = createReports(then);
  const detectorAdmin = createDetectorAdmin({ ...shared, store: stores.detectors });
  const suppressing = createSuppressing({ ...now, store: stores.alerts });
  const proposals = createProposals({
    ...shared,
    store: stores.proposals,
    directory,
    detectors: detectorAdmin.proposed,
    suppressions: suppressing.proposed,
    rules: proposalRules,
    reports,
    outcomes: createOutcomes({ ...shared, reports }),
    stopping: createStopping(stores.reviews),
  });

  // What waits for people.
  const accessRequests = createAccessRequests({ ...shared, store: stores.accessRequests });
  const accountingSuspensions = createAccountingSuspensions({ ...shared, store: stores.suspensions });
  const alerts = createAlerts({
    ...{ ...now, store: stores.alerts, suppressing },
    inquiries: stores.inquiries,
    restrictions: stores.restrictions,
  });
  const breakGlasses = createBreakGlasses({
    ...now,
    store: stores.breakGlasses,
    recordRefusal: (caller, { field, id: breakGlassId }) =>
      shared.recordAudit(caller, { field, filter: { breakGlassId }, shown: 0 }),
    rolesOf({ organization, subject }) {
      const asking = { clientId: "", subject: { ...subject, organization: null, roles: null, attributes: null } };
      return rolesIn(facts(), asking, organization);
    },
    organizationOccurs: async (id) => (await organizationsIn(await openNames())).has(id),
  });
  const consents = createConsents({
    ...shared,
    store: stores.consents,
    facts: () => ({ directory: directory.current(), snapshot: policy.current(), fhirVersion }),
  });
  const consentRequests = createConsentRequests({ ...now, store: stores.consentRequests });
  const inquiries = createInquiries({ ...now, store: stores.inquiries, alerts: stores.alerts });
  const legalHolds = createLegalHolds({ ...shared, directory: directory.current, store: stores.retention });
  const restrictions = createRestrictions({ ...now, store: stores.restrictions, alerts: stores.alerts });
  const issuers = ports.service.tokens.map(({ issuer }) => issuer);
  const reviews = createAccessReviews({
    ...then,
    knownReviewers: createKnownReviewers({ clock, issuers, keys: apiKeys.list, directory: directory.current }),
    store: stores.reviews,
    reader: stores.evidence,
    alerts: stores.alerts,
    oldestDecision: stores.oldestDecision,
    holderOfAlert: createHolderOfAlert({ ...now, store: stores.alerts }),
    usage: usageOfWhole(stores.usageOnRecord, archivedIn),
    figures: usage,
    proposals,
  });
  const samples = createWeeklySamples({ ...now, store: stores.samples });
  const tokenRevocations = createTokenRevocations({
    ...shared,
    store: stores.tokenRevocations,
    issuers,
    async wasSeen(account) {
      // Of a patient's alone it is said as of nobody's.
      if (isPatientsAccount(directory.current(), account)) return false;
      const callerId = tokenCaller(account.issuer, account.id);
      const isLinked = ownersOf(directory.current(), account).length > 0;
      return isLinked || (await stores.hasActed(callerId)) || !(await inNoDecision(stores.decisions, { callerId }));
    },
  });

  const watched = { ...now, watched: stores.watched };
  const blind = { store: stores.blindSpots, detectors, breathe: giveWay };
  const disclosing = {
    ...watched,
    accesses: stores.patientAccesses,
    owners: { consents: stores.consents, breakGlasses: stores.breakGlasses },
    names: () => ({ snapshot: policy.current(), directory: directory.current() }),
  };
  const accountingOfDisclosures = createAccountingOfDisclosures({ ...disclosing, suspensions: stores.suspensions });

  const trying = () => ({ facts: facts(), changeFacts: changeFacts(), gather, breathe: giveWay });
  return {
    // The policy, the directory, and who calls.
    policy,
    reader: stores.reader,
    directory,
    /** The directory as a caller may read it. */
    directoryReads: createDirectoryReads({ ...shared, admin: directory, store: stores.directory }),
    apiKeys,
    lint,
    /** What the service is, and how it is set. */
    service: {
      ...ports.service,
      ...{ clock, fhirVersion, fourEyes },
      /** Whether there are two people of whom one can approve what the other proposes. Rejects with AUTHENTICATION_UNAVAILABLE. */
      canTwoApprove: async () => twoWhoApprove(await keyStandings(await apiKeys.list(), clock()), known) !== null,
    },

    // Decisions.
    authorizer: createAuthorizer({
      ...now,
      decisions: stores.decisions,
      journal: stores.journal,
      factSources: sourcesNow,
    }),
    /** What decisions made now would rest on beside policy and directory, restrictions that alerts brought among it. */
    gather: gatherAccess(sourcesNow),
    /** What a decision made now would rest on. @throws ScopewardenError POLICY_UNAVAILABLE */
    decisionFacts: facts,
    inputLimits: limits,
    turns,
    /** Passed between the parts of what can wait: ends when it is its turn beside decisions. */
    giveWay,

    // Consents, and what is asked for and given.
    consents,
    /** Records a consent, or tries it with questions. */
    tryConsent: createTryConsent({ ...shared, consents }),
    consentRequests,
    /** Decides about tokens, and asks patients for the consent that they lack. */
    consentAsking: createConsentAsking({ ...shared, store: stores.consentRequests }),
    accessRequests,
    /** What can be requested to mend a denial, and what would mend it if it were given. */
    requestableAccess: (record: DecisionRecord) => requestableAccess(trying(), record),
    sufficientAccess: (record: DecisionRecord) => sufficientSince(trying(), record),
    endAccess: createEndAccess({
      ...shared,
      store: stores.accessRequests,
      tokens: tokenRevocations,
      accountsOf: ({ id, type }) => accountsIn(entityOf(directory.current(), type, id)?.properties),
      propose: async (caller, input) => (await proposals.proposeOnce(caller, input)).id,
    }),
    breakGlasses,
    breakGlassDecisions: createBreakGlassDecisions({ ...shared, store: stores.breakGlasses }),
    tokenRevocations,
    /** A revocation as a caller may see it. */
    seenRevocation: createSeenRevocation(directory.current),

    // What is on record.
    /** All decisions on record, for this service itself; callers see `recordReads`. */
    decisions,
    /** Decisions on record, as a caller sees them. */
    questionsAsked: createQuestionsAsked({ ...shared, store: stores.questionsAsked }),
    recordReads: createRecordReads({ ...shared, archivedIn, proofs: recordProofs }),
    recordProofs,
    indexRebuilds: createIndexRebuilds({ ...shared, store: stores.indexRebuilds }),
    archivedIn,
    retention: createTrustedRetention({ ...now, store: stores.retention, hash: ports.recordHash }),
    legalHolds,
    requireNoSlip: createRequireNoSlip(openNames),
    nameNotes: createNameNotes(now),
    find: createFindByText(now),
    accountingOfDisclosures,
    givenAccountings: createGivenAccountings({
      ...shared,
      accounting: accountingOfDisclosures,
      store: stores.accountingsGiven,
    }),
    accountingSuspensions,
    accessHistory: createAccessHistory(disclosing),
    takeExportPage: createTakeExportPage({
      ...shared,
      stored: stores.storedActs,
      proofs: createExportProofs({
        archives: stores.archives.archives,
        store: stores.record,
        sign: recordProofs.sign,
        stored: stores.storedActs,
      }),
    }),

    // What would be, and what was.
    explanation: createExplanations({
      ...{ decisions, explain: whatIf.explain },
      explainAccess: createExplainAccess(watched),
    }),
    whatIf,
    scopeLife: createScopeLife({ ...shared, reader: stores.reader, usage, briefly: giveWayBriefly, versions: then }),
    accessSearch: createAccessSearch(shared),
    patientSearch: createPatientSearch({ ...shared, readCondition }),
    accessReview: createAccessReview(shared),
    policyAsCode: createPolicyAsCode({ ...shared, proposals }),
    proposals,
    replays: createReplays({ ...then, jobs, journalSpan: stores.journalSpan }),
    jobs,

    // What is watched.
    alerts,
    findingDecisions: createFindingDecisions(shared),
    inquiries,
    restrictions,
    reviews,
    samples,
    /** What waits for a caller, of every kind of case. */
    inboxes: createInboxes({
      desks: {
        ALERT: alerts.desk,
        INQUIRY: inquiries.desk,
        RESTRICTION: restrictions.desk,
        BREAK_GLASS: breakGlasses.desk,
        ACCESS_REQUEST: accessRequests.desk,
        CONSENT_REQUEST: consentRequests.desk,
        SAMPLE: samples.desk,
        REVIEW_CAMPAIGN: reviews.campaignDesk,
        REVIEW_ITEM: reviews.itemDesk,
        ACCOUNTING_SUSPENSION: accountingSuspensions.desk,
        LEGAL_HOLD: legalHolds.desk,
        TOKEN_REVOCATION: tokenRevocations.desk,
        PROPOSAL: proposals.desk,
      },
      breathe: giveWayBriefly,
      recordLook: (caller, shown) => shared.recordAudit(caller, { field: "inbox", filter: {}, shown }),
    }),
    detectors: detectorAdmin,
    backtests: createBacktests({
      ...shared,
      settings: stores.detectors.settings,
      alerts: stores.alerts,
      history: stores.watchedHistory,
      jobs,
    }),
    /** Counts accesses in a window. @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE */
    stats: (caller: Caller, input: StatsInput) =>
      stats({ ...watched, ...blind, counter: stores.counter }, caller, input),
    /** Who acts and has no baseline, of what is learnt by now. @throws ScopewardenError JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE */
    withoutBaseline: () => withoutBaseline({ ...blind, snapshot: policy.current() }),
    webhooks: createWebhooks({ ...shared, store: stores.deliveries }),
  };
}
