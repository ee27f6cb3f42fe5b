import { openDomain } from "../../../src/app.ts";
import { occasionsOf, readMonth, readyForMonth } from "../../../src/cli/demoMonth.ts";
import { recordOccasions } from "../../../src/cli/demoRecord.ts";
import { applySeed, DEMO_HOSPITAL, readSeedFiles, seedDirectory } from "../../../src/cli/seedCommand.ts";
import { loadConfig } from "../../../src/config.ts";
import type { Identity } from "../../../src/domain/callers/types.ts";
import type { AccessRecord, DecisionFilter, DecisionRecord } from "../../../src/domain/decisions/types.ts";
import type { Domain } from "../../../src/domain/domain.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import type { Purpose } from "../../../src/domain/scopes/purposes.ts";
import { newId } from "../../../src/process/ids.ts";
import { createLog } from "../../../src/process/log.ts";
import { createRandom } from "../monitoring/random.ts";

const DAY_MS = 86_400_000;
export const DAYS = 730;
/** Beside each client of the demo hospital, clients that hold and use the same. */
const ALIKE = 9;
const PATIENTS = 200_000;
const ADDRESSES = 2_000;
/** Decisions of each rare value. */
export const RARE = 20;

export const config = (url: string) =>
  loadConfig({ DATABASE_URL: url, PORT: "0", LOG_LEVEL: "warn", NODE_ENV: "production" });
export const quiet = createLog({ level: "warn", destination: process.stderr });
export const CALLER = { id: "key:gateway", roles: new Set(["service"] as const), defaultClientId: null };

const alike = (clientId: string, n: number): string => `${clientId}-${n}`;

/** The demo hospital with its directory, and ten times as many clients. */
export async function seedHospital({ directory, policy }: Pick<Domain, "policy" | "directory">): Promise<void> {
  const reason = "The benchmark.";
  await applySeed(await readSeedFiles(DEMO_HOSPITAL), { policy, reason });
  await seedDirectory(DEMO_HOSPITAL, { directory, reason });
  const { clients, grants } = policy.current();
  const operations: PolicyOperation[] = [...clients.values()].flatMap((client) =>
    Array.from({ length: ALIKE }, (_, n): PolicyOperation[] => {
      const id = alike(client.id, n);
      const own = [...(grants.get(client.id)?.values() ?? [])];
      return [
        { putClient: { id, name: `${client.name} ${n}` } },
        ...own.map(({ scope }): PolicyOperation => ({ grantScope: { clientId: id, scope } })),
      ];
    }).flat(),
  );
  await policy.apply({ operations, reason, author: "bench" });
}

/** What the demo hospital decides in an ordinary month: decisions as the service makes them, in a database that is thrown away. */
export async function monthOfDecisions(dir: string): Promise<readonly AccessRecord[]> {
  const until = Date.now();
  let now = readyForMonth(until);
  const { close, domain, storage } = await openDomain(config(`sqlite:${dir}/month.db`), {
    log: quiet,
    clock: () => now,
  });
  try {
    await domain.policy.refresh();
    await domain.directory.refresh();
    await seedHospital(domain);
    const setClock = (at: number): void => {
      now = at;
    };
    const caller: Identity = {
      ...CALLER,
      roles: new Set(["service", "reviewer"]),
      kind: "KEY",
      name: "gateway",
      subject: { type: "client", id: "gateway", issuer: null },
      expiresAt: null,
    };
    await recordOccasions({ domain, caller, occasions: occasionsOf(await readMonth(), until), setClock });
    const found: DecisionRecord[] = [];
    for (let after: number | null = null; ; ) {
      const page = await storage.decisions.decisions({ filter: {}, page: { first: 200, after } });
      found.push(...page.items.map(({ node }) => node));
      after = page.items.at(-1)?.key ?? null;
      if (!page.hasNextPage) break;
    }
    return found.filter((record): record is AccessRecord => record.kind === "ACCESS");
  } finally {
    await close();
  }
}

/** The values of the few decisions that a search is to find among all others. */
const RARE_VALUES = {
  clientId: "rare-client",
  subjectId: "rare-subject",
  patient: "rare-patient",
  scope: "rare_scope",
  resourceType: "Basic",
  resourceId: "rare-resource",
  purposeOfUse: "RARE",
  organization: "rare-organization",
  ipAddress: "192.0.2.7",
  callerId: "key:rare",
  ruleId: "rare-rule",
} as const;

function rarely(record: AccessRecord): AccessRecord {
  const { request } = record;
  const v = RARE_VALUES;
  return {
    ...record,
    callerId: v.callerId,
    outcome: "ALLOW",
    scope: v.scope,
    reasons: [
      {
        ...(record.reasons[0] as AccessRecord["reasons"][number]),
        code: "ALLOWED_BY_RULE",
        ruleId: v.ruleId,
        scope: v.scope,
      } as never,
    ],
    request: {
      ...request,
      clientId: v.clientId,
      subject: { id: v.subjectId, type: "user", organization: null, roles: null, attributes: null },
      scopes: [v.scope],
      purposeOfUse: v.purposeOfUse as Purpose | null,
      resource: {
        ...request.resource,
        type: v.resourceType,
        id: v.resourceId,
        patient: v.patient,
        patients: null,
        organization: v.organization,
      },
      context: {
        patient: null,
        region: null,
        userAgent: null,
        tokenId: null,
        attributes: null,
        ...request.context,
        ipAddress: v.ipAddress,
      },
    },
  };
}

/**
 * So many decisions over two years until a time, in their order: those of the month again and again, of other clients, people, patients
 * and resources, some much more often than others. Every so often one has what no other has.
 */
export function* decisionsOver(
  month: readonly AccessRecord[],
  { count, until }: { readonly count: number; readonly until: number },
): Generator<AccessRecord> {
  const random = createRandom("size");
  const start = until - DAYS * DAY_MS;
  const every = Math.max(1, Math.floor(count / RARE));
  for (let i = 0; i < count; i++) {
    const like = month[Math.floor(random.next() * month.length)] as AccessRecord;
    const { request } = like;
    const { context, resource, subject } = request;
    const which = Math.floor(random.next() * 2 * (ALIKE + 1));
    const patient = `patient-${Math.floor(random.next() ** 3 * PATIENTS)}`;
    const subjectId = subject === null ? "" : `${subject.id}-${Math.floor(random.next() ** 2 * 500)}`;
    const address = Math.floor(random.next() * ADDRESSES);
    const about = resource.patient === null ? null : patient;
    const record: AccessRecord = {
      ...like,
      id: newId(),
      decidedAt: start + Math.floor((i * DAYS * DAY_MS) / count),
      callerId: i % 10 === 0 ? "key:portal" : CALLER.id,
      request: {
        ...request,
        clientId: which < ALIKE ? alike(request.clientId, which) : request.clientId,
        subject: subject && { ...subject, id: subjectId },
        resource: {
          ...resource,
          patient: about,
          id:
            resource.id === null
              ? null
              : resource.type === "Patient"
                ? (about ?? resource.id)
                : `${resource.type}-${Math.floor(random.next() * 1e9)}`,
        },
        context: {
          patient: null,
          region: null,
          userAgent: null,
          tokenId: null,
          attributes: null,
          ...context,
          ...(context?.patient == null ? {} : { patient }),
          ipAddress: `10.1.${address >> 8}.${address & 255}`,
        },
      },
    };
    yield i % every === Math.floor(every / 2) ? rarely(record) : record;
  }
}

const most = (values: readonly (string | null | undefined)[]): string => {
  const counts = new Map<string, number>();
  for (const value of values) if (value != null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
};

export type Value = "common" | "rare" | "absent";
type Filters = Readonly<Record<string, Readonly<Partial<Record<Value, DecisionFilter>>>>>;

/** A filter for each thing that decisions are searched by: with a value that very many have, that few have, and that none has. */
export function filtersOf(month: readonly AccessRecord[], until: number): Filters {
  const asked = month.map(({ request }) => request);
  const codes = month.flatMap(({ reasons }) => reasons.map(({ code }) => code));
  const rareCode = [...new Set(codes)].sort(
    (a, b) => codes.filter((c) => c === a).length - codes.filter((c) => c === b).length,
  )[0];
  const common = {
    clientId: most(asked.map(({ clientId }) => clientId)),
    subjectId: `${most(asked.map(({ subject }) => subject?.id))}-0`,
    patient: "patient-0",
    scope: most(month.map(({ scope }) => scope)),
    resourceType: most(asked.map(({ resource }) => resource.type)),
    purposeOfUse: most(asked.map(({ purposeOfUse }) => purposeOfUse)),
    organization: most(asked.map(({ resource }) => resource.organization)),
    ipAddress: "10.1.0.1",
    callerId: CALLER.id,
    ruleId: most(month.flatMap(({ reasons }) => reasons.map(({ ruleId }) => ruleId))),
  };
  const both = Object.entries(common).map(([name, value]) => [
    name,
    {
      common: { [name]: value },
      rare: { [name]: RARE_VALUES[name as keyof typeof RARE_VALUES] },
      absent: { [name]: "absent" },
    },
  ]);
  const day = until - 400 * DAY_MS;
  return {
    ...(Object.fromEntries(both) as Filters),
    resourceId: { rare: { resourceId: RARE_VALUES.resourceId }, absent: { resourceId: "absent" } },
    outcome: { common: { outcome: "ALLOW" }, rare: { outcome: "DENY" } },
    reason: {
      common: { reason: "ALLOWED_BY_RULE" },
      rare: { reason: rareCode as never },
      absent: { reason: "CONTENT_UNKNOWN" as never },
    },
    kind: { common: { kind: "ACCESS" }, absent: { kind: "GRANT" } },
    subjectType: { common: { subjectType: "user" }, absent: { subjectType: "absent" } },
    network: {
      common: { network: "10.1.0.0/24" },
      rare: { network: "192.0.2.0/24" },
      absent: { network: "198.51.100.0/24" },
    },
    day: { common: { from: day, to: day + DAY_MS } },
    to: { common: { to: day }, absent: { to: until - 2 * DAYS * DAY_MS } },
  };
}
