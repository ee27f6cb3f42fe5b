import { Policy1795500000001 } from "./1795500000001-policy.ts";
import { Journal1795500000002 } from "./1795500000002-journal.ts";
import { ApiKey1795500000003 } from "./1795500000003-api-key.ts";
import { Directory1795500000004 } from "./1795500000004-directory.ts";
import { Secret1795500000005 } from "./1795500000005-secret.ts";
import { ReplayJob1795500000006 } from "./1795500000006-replay-job.ts";
import { PolicyUnfinished1795500000010 } from "./1795500000010-policy-unfinished.ts";
import { Consent1795500000011 } from "./1795500000011-consent.ts";
import { WebhookDelivery1795500000015 } from "./1795500000015-webhook-delivery.ts";
import { RequestTurn1795500000016 } from "./1795500000016-request-turn.ts";
import { ConsentCovered1795500000017 } from "./1795500000017-consent-covered.ts";
import { DecisionCount1795500000018 } from "./1795500000018-decision-count.ts";
import { WatchedAccess1795500000019 } from "./1795500000019-watched-access.ts";
import { Watching1795500000020 } from "./1795500000020-watching.ts";
import { Response1795500000022 } from "./1795500000022-response.ts";
import { DecisionAddress1795500000023 } from "./1795500000023-decision-address.ts";
import { WatchTaken1795500000024 } from "./1795500000024-watch-taken.ts";
import { RecordTree1795500000025 } from "./1795500000025-record-tree.ts";
import { PatientAccess1795500000026 } from "./1795500000026-patient-access.ts";
import { Restriction1795500000027 } from "./1795500000027-restriction.ts";
import { BacktestJob1795500000028 } from "./1795500000028-backtest-job.ts";
import { DecisionBlock1795500000029 } from "./1795500000029-decision-block.ts";
import { ScopeUse1795500000030 } from "./1795500000030-scope-use.ts";
import { Erasure1795500000031 } from "./1795500000031-erasure.ts";
import { JournalArchive1795500000032 } from "./1795500000032-journal-archive.ts";
import { ConsentChange1795500000033 } from "./1795500000033-consent-change.ts";
import { DecisionKey1795500000039 } from "./1795500000039-decision-key.ts";
import { RetentionClock1795500000041 } from "./1795500000041-retention-clock.ts";
import { RestrictionRule1795500000042 } from "./1795500000042-restriction-rule.ts";
import { FacetPositions1795500000043 } from "./1795500000043-facet-positions.ts";
import { KeyBlooms1795500000044 } from "./1795500000044-key-blooms.ts";
import { SpecialProtection1795500000045 } from "./1795500000045-special-protection.ts";
import { CaseFileOfPeople1795500000054 } from "./1795500000054-case-file.ts";
import { Matters1795500000062 } from "./1795500000062-matters.ts";
import { Job1795500000090 } from "./1795500000090-job.ts";
import { Rollup1795500000102 } from "./1795500000102-rollup.ts";
import { Follow1795500000103 } from "./1795500000103-follow.ts";

/** In the order in which they run. What has been released is never edited. */
export const migrations = [
  Policy1795500000001,
  Journal1795500000002,
  ApiKey1795500000003,
  Directory1795500000004,
  Secret1795500000005,
  ReplayJob1795500000006,
  PolicyUnfinished1795500000010,
  Consent1795500000011,
  WebhookDelivery1795500000015,
  RequestTurn1795500000016,
  ConsentCovered1795500000017,
  DecisionCount1795500000018,
  WatchedAccess1795500000019,
  Watching1795500000020,
  Response1795500000022,
  DecisionAddress1795500000023,
  WatchTaken1795500000024,
  RecordTree1795500000025,
  PatientAccess1795500000026,
  Restriction1795500000027,
  BacktestJob1795500000028,
  DecisionBlock1795500000029,
  ScopeUse1795500000030,
  Erasure1795500000031,
  JournalArchive1795500000032,
  ConsentChange1795500000033,
  DecisionKey1795500000039,
  RetentionClock1795500000041,
  RestrictionRule1795500000042,
  FacetPositions1795500000043,
  KeyBlooms1795500000044,
  SpecialProtection1795500000045,
  CaseFileOfPeople1795500000054,
  Matters1795500000062,
  Job1795500000090,
  Rollup1795500000102,
  Follow1795500000103,
] as const;
