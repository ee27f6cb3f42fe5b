import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import { Fhir } from "fhir";
import { openExportFile } from "../../src/cli/export/exportFile.ts";
import { encodeCursor } from "../../src/doors/cursors.ts";
import { cli } from "../cli/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const PAGE = `query($format: ExportFormat!, $kinds: [ActKind!], $from: DateTime, $to: DateTime, $first: Int, $after: String) {
  exportPage(format: $format, kinds: $kinds, from: $from, to: $to, first: $first, after: $after) {
    lines closing hasNextPage endCursor done total } }`;
const AUTHORIZE = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

interface Page {
  readonly lines: readonly string[];
  readonly hasNextPage: boolean;
  readonly endCursor: string;
  readonly closing: string | null;
  readonly done: number;
  readonly total: number;
}

describe("exports of the record", () => {
  let folder: string;
  let service: Service;
  const time = { now: Date.now() };
  /** Of the decisions, from round to round. */
  const ROUND_MS = 3_600_000;
  let begin = 0;
  const keys: Record<string, string> = {};
  const ask = async (by: string, query: string, variables: unknown) =>
    (await service.ask(query, { key: keys[by] as string, variables })).body;
  const page = async (variables: object): Promise<Page> => {
    const body = await ask("AUDITOR", PAGE, { format: "NDJSON", ...variables });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return body.data.exportPage;
  };
  const stored = (where = "") =>
    sqliteRaw(
      `sqlite:${join(folder, "test.db")}`,
      `SELECT seq, kind, format, id, salt, record, personal FROM journal ${where} ORDER BY seq`,
    );

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-export-"));
    service = await startService({ DATABASE_URL: `sqlite:${join(folder, "test.db")}` }, { clock: () => time.now });
    const { body, text } = await applyPolicy(service, [{ putClient: { id: "ehr", name: "Records" } }]);
    assert.equal(body.errors, undefined, text);
    for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"]) {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name: role, roles: [role], subject: { id: role.toLowerCase() } } },
      );
      assert.equal(body.errors, undefined, text);
      keys[role] = body.data.createApiKey.key;
    }
    const inputs = Array.from({ length: 60 }, (_, i) => ({
      clientId: "ehr",
      subject: { id: i === 3 ? "=cmd()" : "nina" },
      action: i % 2 === 0 ? "read" : "search",
      resource: { type: "Observation", id: i % 2 === 0 ? `o${i}` : null, patient: "ada" },
      context: i === 0 ? { ipAddress: "10.0.0.1" } : null,
      purposeOfUse: "TREAT",
    }));
    begin = time.now;
    for (let round = 0; round < 4; round++) {
      assert.equal((await ask("SERVICE", AUTHORIZE, { inputs })).errors, undefined);
      time.now += ROUND_MS;
    }
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("have each act as it is stored, byte by byte, up to where the record ended when they began", async () => {
    const before = await stored();
    const lines: string[] = [];
    let place: string | null = null;
    for (let more = true; more; ) {
      const part: Page = await page({ first: 100, after: place });
      lines.push(...part.lines);
      [place, more] = [part.endCursor, part.hasNextPage];
    }
    assert.equal(lines.length, before.length, "none of its own acts is in it");
    for (const [i, row] of before.entries()) {
      const line = lines[i] ?? "";
      assert.ok(line.includes(`"record":${row.record},`) && line.includes(`"personal":${row.personal},`), line);
      const { format, id, kind, position, salt } = JSON.parse(line);
      assert.deepEqual([position, kind, format, id, salt], [row.seq, row.kind, row.format, row.id, row.salt]);
    }
  });

  test("are the same again from the same place, and each page is on record with its digest", async () => {
    const first = await page({ first: 7, kinds: ["DECISION"] });
    const [once, again] = [
      await page({ first: 7, after: first.endCursor, kinds: ["DECISION"] }),
      await page({ first: 7, after: first.endCursor, kinds: ["DECISION"] }),
    ];
    assert.deepEqual(again, once);
    const acts = await stored("WHERE kind = 'AUDIT'");
    const act = JSON.parse(String(acts.at(-1)?.record));
    assert.deepEqual([act.field, act.shown, act.filter.kinds], ["exportPage", 7, ["DECISION"]]);
    assert.equal(act.sha256, sha256(once.lines.map((line) => `${line}\n`).join("")));
  });

  test("of OCSF are events of API Activity with all that the class requires", async () => {
    const { lines } = await page({ format: "OCSF", first: 2 });
    const [read, search] = lines.map((line) => JSON.parse(line));
    for (const event of [read, search])
      for (const member of [
        "activity_id",
        "actor",
        "api",
        "category_uid",
        "class_uid",
        "metadata",
        "severity_id",
        "src_endpoint",
        "time",
        "type_uid",
      ])
        assert.ok(event[member] !== undefined, member);
    assert.deepEqual([read.class_uid, read.category_uid, read.type_uid, read.status_id], [6003, 6, 600302, 2]);
    assert.deepEqual([read.src_endpoint, search.src_endpoint], [{ ip: "10.0.0.1" }, { name: "ehr" }]);
    assert.deepEqual(read.actor, { app_uid: "ehr", user: { type: "user", type_id: 99, uid: "nina" } });
    assert.deepEqual([read.resources, read.unmapped.patients], [[{ type: "Observation", uid: "o0" }], ["ada"]]);
    // A resource wants a name or an id: of a search it has no id.
    const { lines: all } = await page({ format: "OCSF", first: 200 });
    const resources = all.flatMap((line) => JSON.parse(line).resources);
    assert.ok(resources.length > 0 && resources.every(({ name, uid }) => Boolean(name) !== Boolean(uid)));
    assert.ok(resources.some(({ name, type }) => name === "Observation" && type === name));
  });

  test("of FHIR are AuditEvents that are valid by R4, with client, user, patient, data and decision", async () => {
    const validator = new Fhir();
    const problems = (resource: object) =>
      validator
        .validate(resource, { errorOnUnexpected: true })
        .messages.filter(({ severity }) => severity === "error" || severity === "fatal");
    const events: Record<string, unknown>[] = [];
    for (let [place, more]: [string | null, boolean] = [null, true]; more; ) {
      const part: Page = await page({ format: "FHIR", first: 200, after: place });
      events.push(...part.lines.map((line) => JSON.parse(line)));
      [place, more] = [part.endCursor, part.hasNextPage];
    }
    for (const event of events) {
      assert.deepEqual(problems(event), [], JSON.stringify(event));
      assert.match(String(event.recorded), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    // The validator does find what is wrong.
    const [read, search] = events as [Record<string, unknown>, Record<string, unknown>];
    for (const wrong of [{ action: "X" }, { outcome: "5" }, { agent: undefined }, { agent: [{}] }, { more: 1 }])
      assert.notDeepEqual(problems(JSON.parse(JSON.stringify({ ...read, ...wrong }))), [], JSON.stringify(wrong));
    const codes = (list: unknown) =>
      JSON.stringify(list)
        .match(/"code":"[^"]*"/g)
        ?.map((code) => code.slice(8, -1));
    assert.deepEqual([read.action, codes(read.subtype), read.outcome], ["R", ["read"], "8"]);
    assert.deepEqual([search.action, codes(search.subtype)], ["E", ["search-type"]]);
    const agents = read.agent as Record<string, Record<string, unknown>>[];
    assert.deepEqual(
      agents.map(({ network, requestor, who }) => [
        (who?.identifier as { value: string } | undefined)?.value,
        requestor,
        network?.address,
      ]),
      [
        ["nina", true, undefined],
        ["ehr", false, "10.0.0.1"],
        [agents[2]?.who && (agents[2].who.identifier as { value: string }).value, false, undefined],
      ],
    );
    assert.deepEqual(codes(agents[0]?.purposeOfUse), ["TREAT"]);
    const entities = read.entity as { what: { reference?: string; identifier?: { value: string } } }[];
    assert.deepEqual(
      entities.map(({ what }) => what.reference ?? what.identifier?.value),
      ["Patient/ada", "Observation/o0", read.id],
    );
  });

  test("are refused for unknown kinds, foreign cursors and everybody but auditors", async () => {
    for (const [variables, member] of [
      [{ kinds: ["NOTHING"] }, "kinds[0]"],
      [{ kinds: [] }, "kinds"],
      [{ format: "OCSF", kinds: ["CONSENT"] }, "kinds"],
      [{ format: "FHIR", kinds: ["CONSENT"] }, "kinds"],
      [{ after: "nonsense" }, "after"],
      [{ after: encodeCursor("exportPage", "5") }, "after"],
      [{ first: 201 }, "first"],
      [{ from: new Date(5).toISOString(), to: new Date(5).toISOString() }, "to"],
    ] as const) {
      const { errors } = await ask("AUDITOR", PAGE, { format: "NDJSON", ...variables });
      assert.equal(errors?.[0]?.extensions.code, "BAD_USER_INPUT", JSON.stringify(variables));
      assert.ok(JSON.stringify(errors).replaceAll("\\", "").includes(`"${member}"`), JSON.stringify(errors));
    }
    for (const by of ["SERVICE", "ADMIN", "REVIEWER", "CONSENT"])
      assert.equal((await ask(by, PAGE, { format: "NDJSON" })).errors?.[0]?.extensions.code, "FORBIDDEN", by);
  });

  test("of a time have what was in it, say that they are a part, and how far they are", async () => {
    const iso = (round: number) => new Date(begin + round * ROUND_MS).toISOString();
    const window = { from: iso(1), to: iso(3) };
    const all = await stored("WHERE kind = 'DECISION'");
    const wanted = all.slice(60, 180).map(({ id }) => id);
    const lines: string[] = [];
    let last: Page | null = null;
    for (let more = true; more; ) {
      const part: Page = await page({ kinds: ["DECISION"], first: 50, ...window, after: last?.endCursor ?? null });
      assert.ok(part.done > (last?.done ?? -1) && part.done <= part.total);
      lines.push(...part.lines);
      [last, more] = [part, part.hasNextPage];
    }
    assert.deepEqual([lines.map((line) => JSON.parse(line).id), last?.done], [wanted, last?.total]);
    assert.deepEqual(JSON.parse(last?.closing ?? "").part, { kinds: ["DECISION"], ...window });
    let later = 0;
    for (let [after, more]: [string | null, boolean] = [null, true]; more; ) {
      const part: Page = await page({ first: 200, from: iso(3), after });
      later += part.lines.filter((line) => JSON.parse(line).kind === "DECISION").length;
      [after, more] = [part.endCursor, part.hasNextPage];
    }
    assert.equal(later, 60);
    const none = await page({ first: 10, from: iso(4000) });
    assert.deepEqual([none.lines, none.hasNextPage], [[], false]);
    assert.deepEqual(JSON.parse(none.closing ?? "").part, { kinds: null, from: iso(4000) });
    const act = JSON.parse(String((await stored("WHERE kind = 'AUDIT'")).at(-1)?.record));
    assert.equal(act.filter.from, begin + 4000 * ROUND_MS);

    const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.AUDITOR as string };
    const file = join(folder, "window.csv");
    const args = ["record", "export", "--format", "csv", "--output", file, "--from", window.from, "--to", window.to];
    const done = await cli(args, { env });
    assert.equal(done.code, 0, done.stderr);
    const rows = parse(await readFile(file, "utf8"), { columns: true }) as Record<string, string>[];
    assert.deepEqual(
      rows.map(({ id }) => id),
      wanted,
    );
    for (const [wrong, what] of [
      [["--from", "yesterday"], /--from must be a date/],
      [["--from", window.to, "--to", window.from], /--to must be later than --from/],
    ] as const) {
      const refused = await cli(["record", "export", "--format", "csv", "--output", join(folder, "wrong"), ...wrong], {
        env,
      });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, what);
    }
  });

  test("that fail before they have anything leave no file in the way of the next try", async () => {
    const file = join(folder, "early.ndjson");
    const args = ["record", "export", "--format", "ndjson", "--output", file];
    const away = await cli([...args, "--url", "http://127.0.0.1:9"], { env: { SCOPEWARDEN_KEY: "k".repeat(40) } });
    assert.equal(away.code, 3, away.stderr);
    await assert.rejects(access(file));
    const reviewer = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.REVIEWER as string };
    assert.equal((await cli(args, { env: reviewer })).code, 2);
    await assert.rejects(access(file));
    const auditor = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.AUDITOR as string };
    assert.equal((await cli(args, { env: auditor })).code, 0);
    // What is there already is nobody's to remove.
    assert.equal((await cli(args, { env: auditor })).code, 2);
    await access(file);
  });

  test("by the command: an interrupted one goes on and is the same byte for byte; CSV has no formula", async () => {
    const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.AUDITOR as string };
    const [whole, cut, table] = ["whole.ndjson", "cut.ndjson", "table.csv"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const args = (file: string, ...more: string[]) => [
      "record",
      "export",
      "--format",
      "ndjson",
      "--kind",
      "DECISION",
      "--output",
      file,
      ...more,
    ];
    const done = await cli(args(whole), { env });
    assert.equal(done.code, 0, done.stderr);
    const text = await readFile(whole, "utf8");
    assert.match(done.stdout, new RegExp(`^240 acts in .*\nSHA-256 ${sha256(text)}\n$`));
    await assert.rejects(access(`${whole}.resume`));

    // As one is left that was killed in the middle of its second page.
    const asked = JSON.stringify({ format: "ndjson", kind: ["DECISION"], url: service.url });
    const first = await page({ first: 150, kinds: ["DECISION"] });
    const file = await openExportFile(cut, { asked, resume: false });
    await file.add(first.lines.map((line) => `${line}\n`).join(""), { cursor: first.endCursor, items: 150 });
    await file.close();
    await writeFile(cut, '{"format":1,"id":"ha', { flag: "a" });
    const [again, other] = [
      await cli(args(cut), { env }),
      await cli(["record", "export", "--format", "csv", "--output", cut, "--resume"], { env }),
    ];
    assert.deepEqual([again.code, other.code], [2, 2]);
    assert.match(again.stderr, /there already.*--resume/s);
    assert.match(other.stderr, /another export/);
    const resumed = await cli(args(cut, "--resume"), { env });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(await readFile(cut, "utf8"), text);

    const csv = await cli(["record", "export", "--format", "csv", "--output", table], { env });
    assert.equal(csv.code, 0, csv.stderr);
    const rows = parse(await readFile(table, "utf8"), { columns: true }) as Record<string, string>[];
    assert.equal(rows.length, 240);
    assert.deepEqual([rows[0]?.patients, rows[0]?.resource, rows[3]?.subject], ["ada", "o0", "'=cmd()"]);
  });
});
