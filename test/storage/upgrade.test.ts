import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Noun, PolicyRows, RowChange } from "../../src/domain/policy/types.ts";
import { backUp, restore } from "../../src/storage/backup/backup.ts";
import { statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { migrateDown, migrationNames } from "../../src/storage/database/migrate.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { allDecisions } from "./allDecisions.ts";
import { client, decision, revision, role } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

/** The last migration that the older version knows: it has no tree of the record, and an index of another form. */
const OLDEST = "Watching1795500000020";
const silent = (): void => {};
const added = <N extends Noun>(noun: N, key: string, after: PolicyRows[N]) =>
  ({ noun, key, before: null, after }) as RowChange;
const ORGANIZATION = added("organization", "st-mary", {
  ...{
    id: "st-mary",
    name: "St Mary",
    consentOnSilence: null,
    specialProtection: null,
    purposeRequired: null,
    patientScopesReachShared: null,
    accessRequestMaxMinutes: 60,
  },
  ...{
    consentRequests: null,
    breakGlass: null,
    emergencyOverridesRefusal: null,
    alertResponses: null,
    retentionYears: null,
  },
  ...{ legalHold: null, justification: null },
});
const FOLLOWING = { following: {} };

onEveryBackend("an upgrade", ({ backend, open }) => {
  /** A database as an older version left it, with so many decisions. */
  async function older(count: number): Promise<string> {
    const url = await backend().fresh();
    const storage = await open(url);
    // What decisions are made from is compared with its history before the tables have their new columns.
    await storage.policy.commit(
      revision(1, [added("role", "nurse", role("nurse")), added("client", "ehr", client("ehr")), ORGANIZATION]),
    );
    await storage.policy.commit(
      revision(2, [{ noun: "client", key: "ehr", before: client("ehr"), after: client("ehr", { name: "Records" }) }]),
    );
    await storage.journal.append(Array.from({ length: count }, (_, n) => decision(n)));
    await storage.close();
    const names = migrationNames();
    const newer = names.slice(names.indexOf(OLDEST) + 1);
    assert.ok(names.includes(OLDEST) && newer.length >= 5);
    for (const _ of newer) await migrateDown({ dialect: dialectOf(url), counter: statementCounter() });
    return url;
  }
  const found = async (storage: Storage) =>
    (await allDecisions(storage, { callerId: "key:gateway" })).map(({ id }) => id).reverse();
  const wanted = (count: number) => Array.from({ length: count }, (_, n) => decision(n).id);

  test("brings the record along: it is searched, and is a tree, and goes on", async () => {
    const url = await older(120);
    const storage = await open(url, FOLLOWING);
    assert.deepEqual(await found(storage), wanted(120));
    await eventually("all followers have it", () => storage.followers().every(({ lag }) => lag === 0));
    // Two revisions of the policy are on record as well.
    assert.equal((await storage.record.head()).size, 122);
    await storage.journal.append([decision(120)]);
    assert.deepEqual(await found(storage), wanted(121));
    await storage.close();
    // With all columns it is what was committed, too.
    await (await open(url)).close();
  });

  test("has a way back: what was backed up before it is restored, by this version too", async () => {
    const url = await older(60);
    const folder = await mkdtemp(join(tmpdir(), "scopewarden-upgrade-"));
    const output = join(folder, "before.backup");
    await backUp(url, output, silent);
    const upgraded = await open(url);
    await upgraded.journal.append([decision(60)]);
    await upgraded.close();

    const place = await backend().fresh();
    await restore(place, { backup: output }, silent);
    const rows = await backend().raw(place, "SELECT name FROM schema_migration ORDER BY timestamp");
    assert.equal(rows.at(-1)?.name, OLDEST, "in the form of the version that it was backed up with");
    const again = await open(place, { ...FOLLOWING, accept: { author: "Paula", reason: "Way back.", restored: true } });
    assert.deepEqual(await found(again), wanted(60));
    await rm(folder, { recursive: true });
  });
});
