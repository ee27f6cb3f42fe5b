import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cli } from "../cli/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;
const SUSPENSION =
  "id patient clientId subjectId subjectType organization statement agency until reason inForce at by { name } endedAt endedBy { name } endReason notes";
const SUSPEND = `mutation($input: SuspendAccountingInput!) { suspendAccounting(input: $input) { ${SUSPENSION} } }`;
const END = `mutation($id: ID!, $reason: String!) { endAccountingSuspension(id: $id, reason: $reason) { ${SUSPENSION} } }`;
const LIST = `query($filter: AccountingSuspensionFilter) { accountingSuspensions(filter: $filter) { edges { node { ${SUSPENSION} } } } }`;
const ACCOUNTING = `query($patient: ID!, $from: DateTime!, $kinds: [DisclosureKind!]) { accountingOfDisclosures(patient: $patient, from: $from, kinds: $kinds) {
  edges { node { decisionId } } pageInfo { hasNextPage } counts { kind count } namingNobody erased notes } }`;
const HISTORY =
  "query($patient: ID!, $from: DateTime!) { accessHistory(patient: $patient, from: $from) { allowed edges { node { decisionId } } } }";
const PUT = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "t") { revision } }';

describe("an accounting that is suspended", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  const ids: Record<string, string> = {};
  const begin = Date.now() - DAY;
  const from = new Date(begin).toISOString();
  const iso = (ms: number) => new Date(world.time.now + ms).toISOString();

  /** What an accounting has: the names of what is listed, in the order of time, and how many there are of each kind. */
  async function told(patient = "ada") {
    const kinds = ["OTHER", "TREATMENT"];
    const { counts, edges, ...rest } = await world.data("otto", ACCOUNTING, { patient, from, kinds });
    const listed = edges.map(({ node }: { readonly node: { readonly decisionId: string } }) =>
      Object.keys(ids).find((name) => ids[name] === node.decisionId),
    );
    const counted = Object.fromEntries(
      counts.flatMap(({ count, kind }: { readonly count: number; readonly kind: string }) =>
        count === 0 ? [] : [[kind, count]],
      ),
    );
    return { listed: listed.reverse(), counted, ...rest };
  }
  const input = (more: object = {}) => ({
    ...{ patient: "ada", recipient: { organization: "board" }, statement: "WRITTEN", reason: "An inquiry" },
    ...{ agency: "Ivy Inspector, Health Oversight Board", until: iso(60 * DAY) },
    ...more,
  });
  const suspend = (more?: object) => world.data("otto", SUSPEND, { input: input(more) });
  const end = (id: string) => world.data("otto", END, { id, reason: "The inquiry is over" });
  const nodes = async (filter: object) =>
    (await world.data("otto", LIST, { filter })).edges.map(({ node }: { readonly node: unknown }) => node);
  const printed = async (...more: readonly string[]) => {
    const env = { SCOPEWARDEN_URL: world.service.url, SCOPEWARDEN_KEY: world.keys.otto ?? "" };
    const args = ["record", "disclosures", "--patient", "ada", "--from", from, "--time-zone", "UTC", ...more];
    const { code, stderr, stdout } = await cli(args, { env });
    assert.deepEqual([code, stderr], [0, ""], stdout);
    // When it was made, and until when it goes, differs each time.
    return stdout.replace(/^(Made on|Period): .*$|("to": ).*$/gm, "").replace(/<td>[^<]* until [^<]*<\/td>/, "");
  };

  before(async () => {
    world = await openAlertWorld({}, [
      ...SMALL_POLICY,
      { putClient: { id: "agency-app", name: "Agency" } },
      { grantScope: { clientId: "agency-app", scope: "view_observations" } },
      { putOrganization: { id: "board", name: "Health Oversight Board", settings: {} } },
    ]);
    await world.data("ada", PUT, {
      entities: [
        { type: "user", id: "ivy", properties: { organization: "board" } },
        { type: "Patient", id: "ada", properties: { name: "Ada Lovelace" } },
      ],
    });
    const accesses: readonly (readonly [string, object])[] = [
      ["nora", { subject: { id: "nora" } }],
      ["ivy", { subject: { id: "ivy" } }],
      ["ivy, to treat", { subject: { id: "ivy" }, purposeOfUse: "TREAT" }],
      ["nora, to treat", { subject: { id: "nora" }, purposeOfUse: "TREAT" }],
      ["told", { subject: { id: "iris", organization: "board" } }],
      ["app", { clientId: "agency-app" }],
    ];
    for (const patient of ["ada", "ben"])
      for (const [name, asked] of accesses) {
        const resource = { type: "Observation", id: "o", patient };
        const made = await world.decide({ ...asked, resource });
        assert.equal(made.outcome, "ALLOW", JSON.stringify(made));
        if (patient === "ada") ids[name] = made.id;
      }
    world.time.now += 1000;
  });
  after(() => world.stop());

  test("is refused for what can't be, names the member and changes nothing; auditors alone may", async () => {
    const wrong: readonly (readonly [object, readonly string[]])[] = [
      [{ patient: "" }, ["input.patient"]],
      [{ recipient: {} }, ["input.recipient"]],
      [{ recipient: { clientId: "a", organization: "b" } }, ["input.recipient"]],
      [{ recipient: { clientId: "*" } }, ["input.recipient.clientId"]],
      [{ recipient: { organization: "" } }, ["input.recipient.organization"]],
      [{ recipient: { subject: { id: "i", roles: ["r"] } } }, ["input.recipient.subject.roles"]],
      [{ agency: " " }, ["input.agency"]],
      [{ agency: "x".repeat(501) }, ["input.agency"]],
      [{ reason: "" }, ["input.reason"]],
      [{ until: iso(0) }, ["input.until"]],
      [{ until: iso(3653 * DAY + 1) }, ["input.until"]],
      [{ statement: "ORAL", until: iso(30 * DAY + 1) }, ["input.until"]],
    ];
    for (const [more, paths] of wrong)
      assert.deepEqual(await world.refused("BAD_USER_INPUT", "otto", SUSPEND, { input: input(more) }), paths);
    await world.refused("BAD_USER_INPUT", "otto", LIST, { filter: { patient: "" } });
    await world.refused("NOT_FOUND", "otto", END, { id: "absent", reason: "r" });
    for (const by of ["ada", "rita", "gateway"]) {
      await world.refused("FORBIDDEN", by, SUSPEND, { input: input() });
      await world.refused("FORBIDDEN", by, END, { id: "x", reason: "r" });
      await world.refused("FORBIDDEN", by, LIST);
    }
    assert.deepEqual(await nodes({}), []);
    assert.deepEqual(await sqliteRaw(world.url, "SELECT id FROM journal WHERE kind = 'ACCOUNTING_SUSPENSION'"), []);
  });

  test("leaves out the disclosures to that recipient while it is in force, in lists, counts and print, with no sign of it", async () => {
    const all = { listed: Object.keys(ids), counted: { OTHER: 4, TREATMENT: 2 } };
    const whole = await told();
    assert.deepEqual([whole.listed, whole.counted], [all.listed, all.counted]);
    const others = await told("ben");
    const before = await printed();

    const made = await suspend({ patient: "Patient/ada" });
    const { at, id, until, ...said } = made;
    assert.deepEqual(said, {
      ...{ patient: "ada", clientId: null, subjectId: null, subjectType: null, organization: "board" },
      ...{ statement: "WRITTEN", agency: "Ivy Inspector, Health Oversight Board", reason: "An inquiry", inForce: true },
      ...{ by: { name: "otto" }, endedAt: null, endedBy: null, endReason: null, notes: [] },
    });
    assert.deepEqual([Date.parse(at), Date.parse(until)], [world.time.now, world.time.now + 60 * DAY]);

    const during = await told();
    assert.deepEqual(during, {
      ...whole,
      listed: ["nora", "nora, to treat", "app"],
      counted: { OTHER: 2, TREATMENT: 1 },
    });
    assert.deepEqual(await told("ben"), others, "another patient's accounting has all");
    for (const form of [[], ["--json"], ["--csv"], ["--html"]]) {
      const text = await printed(...form);
      assert.doesNotMatch(text, /suspen|board|agency's|ivy|iris/i, form.join());
    }
    const [text, json] = [await printed("--kind", "TREATMENT"), JSON.parse(await printed("--json"))];
    assert.match(text, /Not listed: 2 for other purposes\./);
    assert.equal(json.disclosures.length, 2);
    const history = await world.data("otto", HISTORY, { patient: "ada", from });
    assert.deepEqual([history.allowed, history.edges.length], [6, 6], "the auditor's own work goes on");

    // An accounting in which such disclosures never were is the same, but for the time that was asked about.
    const ofClient = await suspend({ recipient: { clientId: "agency-app" } });
    assert.deepEqual((await told()).listed, ["nora", "nora, to treat"]);
    const ofNora = await suspend({ recipient: { subject: { id: "nora" } } });
    const none = await told();
    assert.deepEqual([none.listed, none.counted, none.notes], [[], {}, []]);
    const nothing = await world.data("otto", ACCOUNTING, {
      patient: "Patient/cleo",
      from,
      kinds: ["OTHER", "TREATMENT"],
    });
    assert.deepEqual(none.pageInfo, nothing.pageInfo);
    assert.match(
      await printed(),
      /Nothing to list for Ada Lovelace in this time\.\nNo kind of disclosure is left out\./,
    );

    for (const each of [ofClient, ofNora]) await end(each.id);
    assert.deepEqual(await told(), during);
    assert.deepEqual(await nodes({ states: ["IN_FORCE"], patient: "Patient/ada" }), [made]);
    world.time.now += 60 * DAY;
    assert.deepEqual([(await told()).listed, (await told()).counted], [all.listed, all.counted], "its time is over");
    assert.equal(await printed(), before);
    assert.deepEqual(await world.refused("CONFLICT", "otto", END, { id, reason: "r" }), []);
    assert.deepEqual(
      (await nodes({ states: ["OVER"] })).map((node: { readonly endReason: string | null }) => node.endReason),
      ["The inquiry is over", "The inquiry is over", null],
    );
  });

  test("ends before its time; an oral statement lasts for 30 days at most, and is lengthened by a written one alone", async () => {
    const oral = { statement: "ORAL", until: iso(30 * DAY), recipient: { subject: { id: "ivy" } } };
    const made = await suspend(oral);
    assert.deepEqual([made.subjectId, made.subjectType, made.statement], ["ivy", "user", "ORAL"]);
    assert.deepEqual((await told()).listed, ["nora", "nora, to treat", "told", "app"]);
    const again = { input: input({ ...oral, until: iso(20 * DAY) }) };
    await world.refused("CONFLICT", "otto", SUSPEND, again);
    const written = await suspend({ ...oral, statement: "WRITTEN", until: iso(40 * DAY) });
    await suspend({ ...oral, recipient: { clientId: "nobody-app" }, until: iso(DAY) });
    const may = async () =>
      (await world.data("otto", "{ accountingSuspensions { edges { node { id viewerMay { because } } } } }")).edges
        .map(({ node }: { readonly node: { readonly id: string; readonly viewerMay: readonly object[] } }) => node)
        .find(({ id }: { readonly id: string }) => id === made.id).viewerMay;
    assert.deepEqual(await may(), [{ because: null }]);
    const ended = await end(made.id);
    assert.deepEqual(await may(), [{ because: `Suspension ${made.id} is over, not in force. Nothing was changed.` }]);
    assert.deepEqual(await world.data("otto", "{ inbox { totalCount } }"), { totalCount: 0 });
    assert.deepEqual([ended.inForce, ended.endedBy.name, ended.endReason], [false, "otto", "The inquiry is over"]);
    await world.refused("CONFLICT", "otto", END, { id: made.id, reason: "r" });
    await world.refused("BAD_USER_INPUT", "otto", END, { id: written.id, reason: " " });
    assert.deepEqual((await told()).listed, ["nora", "nora, to treat", "told", "app"]);
    await end(written.id);
    assert.deepEqual((await told()).listed, Object.keys(ids));
  });

  test("of names that occur nowhere it says so: nothing would be left out", async () => {
    const slip = await suspend({ patient: "adda", recipient: { organization: "bord" } });
    assert.equal(slip.notes.length, 2, JSON.stringify(slip.notes));
    assert.match(slip.notes.join("\n"), /bord/);
  });

  test("each step and each list that is read is on record, whose it is and who asked apart", async () => {
    const acts = await sqliteRaw(
      world.url,
      "SELECT id, record, personal FROM journal WHERE kind = 'ACCOUNTING_SUSPENSION' ORDER BY seq",
    );
    const events = acts.map(({ record }) => JSON.parse(String(record)).event);
    assert.deepEqual(
      [events.filter((event) => event === "SUSPENDED").length, events.filter((event) => event === "ENDED").length],
      [7, 4],
    );
    for (const { personal, record } of acts) {
      assert.doesNotMatch(String(record), /"ada"|"adda"|"ivy"|"nora"|Inspector|inquiry/);
      assert.equal(JSON.parse(String(personal)).by, "Ivy Inspector, Health Oversight Board");
    }
    const reads = await sqliteRaw(
      world.url,
      "SELECT personal FROM journal WHERE kind = 'AUDIT' AND record LIKE '%accountingSuspensions%' ORDER BY seq",
    );
    assert.deepEqual(
      reads.map(({ personal }) => personal),
      ["{}", '{"filter.patient":"ada"}', "{}", "{}", "{}"],
    );
  });
});
