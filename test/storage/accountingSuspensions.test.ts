import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createAccountingOfDisclosures } from "../../src/domain/audit/disclosures/accountingOfDisclosures.ts";
import { DISCLOSURE_KINDS } from "../../src/domain/audit/disclosures/disclosureKind.ts";
import type { AccountingSuspension } from "../../src/domain/audit/disclosures/suspension.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { onEveryBackend } from "./suite.ts";

const ended = { at: NOON + 5, by: "jwt:auditor", reason: "The inquiry is closed" };
const NOBODY = { clientId: null, subject: null, organization: null };
const AGENT = "agent-zz9-plural";
const ASKER = "Inspector Qwertz, Health Oversight Board";

const suspension = (id: string, more: Partial<AccountingSuspension> = {}): AccountingSuspension => ({
  id,
  patient: "ada",
  recipient: { ...NOBODY, clientId: "ehr" },
  statement: "WRITTEN",
  by: ASKER,
  until: NOON + DAY,
  reason: "An inquiry is under way",
  placedAt: NOON,
  placedBy: { callerId: "jwt:auditor", subject: { id: "otto", type: null, issuer: "https://idp.example" } },
  lifted: null,
  ...more,
});

onEveryBackend("suspensions of accountings", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const inForce = async (now: number) =>
    [...(await storage.suspensions.inForce("ada", now))].sort((a, b) => (a.id < b.id ? -1 : 1));
  const list = async (
    filter: { readonly states?: readonly ("IN_FORCE" | "OVER")[]; readonly patient?: string },
    now = NOON,
  ) => {
    const page = { first: 10, after: null };
    return (await storage.suspensions.page({ filter, now, page })).items.map(({ node }) => node.id);
  };

  test("are read as they were written, are in force until their time or their end, and each step is on record", async () => {
    const first = suspension("s1");
    const second = suspension("s2", {
      recipient: { ...NOBODY, subject: { id: AGENT, type: "user" } },
      until: NOON + 9,
    });
    const other = suspension("s3", { patient: "ben", recipient: { ...NOBODY, organization: "board" } });
    for (const each of [first, second, other]) await storage.suspensions.place(each);
    assert.deepEqual(await storage.suspensions.find("s2"), second);
    assert.deepEqual(await inForce(NOON + 8), [first, second]);
    assert.deepEqual(await inForce(NOON + 9), [first]);
    for (const nobody of ["s1", "\0"]) assert.deepEqual(await storage.suspensions.inForce(nobody, NOON), []);
    await storage.suspensions.lift("s1", ended);
    await assert.rejects(storage.suspensions.lift("s1", ended), { code: "CONFLICT" });
    await assert.rejects(storage.suspensions.lift("absent", ended), { code: "CONFLICT" });
    assert.deepEqual(await storage.suspensions.find("s1"), { ...first, lifted: ended });
    assert.deepEqual(await inForce(NOON + 8), [second]);
    assert.deepEqual(await list({}), ["s3", "s2", "s1"]);
    assert.deepEqual(await list({ patient: "ada", states: ["IN_FORCE"] }), ["s2"]);
    assert.deepEqual(await list({ patient: "ada", states: ["OVER"] }), ["s1"]);
    assert.deepEqual(await list({ patient: "ada", states: ["OVER"] }, NOON + 9), ["s2", "s1"]);
    assert.deepEqual(await list({ patient: "\0" }), []);

    const acts = await raw(
      "SELECT id, record, personal FROM journal WHERE kind = 'ACCOUNTING_SUSPENSION' ORDER BY seq",
    );
    assert.deepEqual(
      acts.map(({ id }) => id),
      ["s1:suspended", "s2:suspended", "s3:suspended", "s1:ended"].map((id) => `accounting-suspension:${id}`),
    );
    for (const { record } of acts)
      assert.doesNotMatch(String(record), new RegExp(`"ada"|"ben"|${AGENT}|${ASKER}|inquiry`));
    assert.deepEqual(JSON.parse(String(acts[1]?.personal)), {
      by: ASKER,
      patient: "ada",
      "recipient.subject.id": AGENT,
      text: "An inquiry is under way",
    });
    assert.deepEqual(JSON.parse(String(acts[3]?.record)), {
      ...{ event: "ENDED", suspensionId: "s1", at: ended.at, author: "jwt:auditor", until: NOON + DAY },
      ...{ recipient: { ...NOBODY, clientId: "ehr" }, statement: "WRITTEN" },
    });
  });

  test("stay what they are, and an oral statement does not last for longer than 30 days, whoever writes", async () => {
    await storage.suspensions.place(suspension("s1"));
    await storage.suspensions.lift("s1", ended);
    for (const change of [
      "UPDATE case_file SET version = 3, ends_at = opened_at + 9 WHERE id = 's1'",
      "UPDATE case_file SET version = 3, body = '{}' WHERE id = 's1'",
      "UPDATE case_file SET version = 3, patient = 'ben' WHERE id = 's1'",
      "UPDATE case_file SET version = 3, decided_at = NULL, decided_by = NULL, life = NULL WHERE id = 's1'",
      "UPDATE case_file SET version = 3, is_over = FALSE WHERE id = 's1'",
      "DELETE FROM case_file",
    ])
      await assert.rejects(raw(change), /does not change|is kept/, change);
    const oral = (until: number) => storage.suspensions.place(suspension(`s-${until}`, { statement: "ORAL", until }));
    await oral(NOON + 30 * DAY);
    await assert.rejects(oral(NOON + 9), {
      code: "CONFLICT",
      message: /An oral statement .* is in force \(s-.*written one/,
    });
    assert.equal((await list({})).length, 2);
    const after = suspension("s-after", { statement: "ORAL", placedAt: NOON + 30 * DAY, until: NOON + 31 * DAY });
    await storage.suspensions.place(after);
    const insert = (patient: string, endsAt: string, statement: string) =>
      raw(`INSERT INTO case_file (id, kind, state, opened_at, opened_by, patient, ends_at, is_over, version, body)
        VALUES ('s-raw', 'ACCOUNTING_SUSPENSION', 'IN_FORCE', 5, 'k', ${patient}, ${endsAt}, FALSE, 1, '{"statement":"${statement}"}')`);
    await assert.rejects(insert("NULL", "9", "WRITTEN"));
    await assert.rejects(insert("'ada'", "NULL", "WRITTEN"));
    await assert.rejects(insert("'ada'", "9", "OTHER"));
    await assert.rejects(insert("'ada'", "5", "ORAL"));
    await assert.rejects(insert("'ada'", `${5 + 30 * DAY + 1}`, "ORAL"));
    await insert("'ada'", `${5 + 30 * DAY}`, "ORAL");
  });

  test("law: an accounting of so many that they are read in parts lists and counts those that nobody suspended, and no others", async () => {
    const people = ["nina", AGENT, null, "insider", "moved"] as const;
    const purposes = ["TREAT", "HRESCH", null, "HLEGAL"] as const;
    const made = Array.from({ length: 1_300 }, (_, n): AccessRecord => {
      const person = people[(n * 7) % 5] ?? null;
      const access = accessOf(`d-${String(n).padStart(5, "0")}`, {
        // So long that a page has no room for those of one part.
        resource: { attributes: { text: "x".repeat(8_000) } },
        ...{ person, patient: n % 11 === 0 ? "ben" : "ada", purposeOfUse: purposes[(n * 3) % 4] ?? null, at: NOON + n },
        ...(person === "moved" && {
          facts: [{ kind: "ENTITY", type: "user", id: "moved", version: 1, properties: { organization: "board" } }],
        }),
      });
      const { subject } = access.request;
      const organization = n % 2 === 0 ? "board" : "ward";
      const told = person === "insider" && subject !== null ? { ...subject, organization } : subject;
      return { ...access, request: { ...access.request, subject: told, clientId: n % 13 === 0 ? "agency" : "ehr" } };
    });
    await storage.journal.append(made);
    const snapshot = await storage.policy.load();
    const directory = directoryOf([], 1);
    const account = createAccountingOfDisclosures({
      accesses: storage.patientAccesses,
      owners: { consents: storage.consents, breakGlasses: storage.breakGlasses },
      names: () => ({ snapshot, directory }),
      clock: () => NOON + DAY,
      recordAudit: async () => undefined,
      suspensions: storage.suspensions,
    });
    const caller = { id: "key:otto" } as Parameters<typeof account>[0];
    const told = async (patient: string) => {
      const ids: string[] = [];
      const input = { patient, from: NOON - DAY, kinds: DISCLOSURE_KINDS };
      for (let after: number | null = null; ; ) {
        const page = await account(caller, input, { first: 200, after });
        ids.push(...page.items.map(({ node }) => node.decisionId));
        if (page.next === null) return { ids, counts: page.counts.map(({ count }) => count), total: ids.length };
        after = page.next;
      }
    };
    const isOf = {
      agency: ({ request }: AccessRecord) => request.clientId === "agency",
      agent: ({ request }: AccessRecord) => request.subject?.id === AGENT,
      board: ({ request: { subject } }: AccessRecord) => subject?.organization === "board" || subject?.id === "moved",
    };
    const naive = (patient: string, leftOut: readonly ((access: AccessRecord) => boolean)[]) =>
      made
        .filter(({ request }) => request.resource.patient === patient)
        .filter((access) => !leftOut.some((is) => is(access)))
        .map(({ id }) => id)
        .reverse();
    const whole = await told("ada");
    assert.deepEqual(whole.ids, naive("ada", []));
    const steps = [
      [{ ...NOBODY, clientId: "agency" }, isOf.agency],
      [{ ...NOBODY, subject: { id: AGENT, type: "user" } }, isOf.agent],
      [{ ...NOBODY, organization: "board" }, isOf.board],
    ] as const;
    const leftOut: ((access: AccessRecord) => boolean)[] = [];
    for (const [n, [recipient, is]] of steps.entries()) {
      await storage.suspensions.place(suspension(`s${n}`, { recipient, until: NOON + 2 * DAY }));
      leftOut.push(is);
      const { counts, ids } = await told("ada");
      assert.deepEqual(ids, naive("ada", leftOut));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        ids.length,
      );
      assert.ok(ids.length > 0 && ids.length < whole.ids.length);
    }
    assert.deepEqual((await told("ben")).ids, naive("ben", []));
    for (const n of [0, 1, 2]) await storage.suspensions.lift(`s${n}`, ended);
    assert.deepEqual(await told("ada"), whole);
  });
});
