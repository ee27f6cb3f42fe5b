import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { peopleOf } from "../../src/domain/callers/samePerson.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";
import { at, callerOf, type World, worldOver } from "./world.ts";

const person = (id: string, role: "auditor" | "reviewer") => ({
  ...callerOf(`key:${id}`, role),
  subject: { type: "user", id, issuer: null },
});
const [priya, rita, paula] = [person("priya", "auditor"), person("rita", "reviewer"), person("paula", "auditor")];
const FIELDS =
  "id state verdict cause nextStep quietUntil closedBy { callerId } correctedVerdicts { verdict cause text by { callerId } } relationToEnter { type id properties } findings { sentence patients }";
const LIST = `{ alerts(first: 200) { edges { node { subjectId patient ${FIELDS} } } } }`;
const CLOSE = `mutation($id: ID!) { closeAlert(id: $id, verdict: FALSE_POSITIVE, cause: MISSING_RELATION, text: "His account") { ${FIELDS} } }`;
const CORRECT = `mutation($id: ID!) { correctVerdict(id: $id, verdict: TRUE_POSITIVE, cause: SNOOPING, text: "He has none") { ${FIELDS} } }`;
type Listed = Readonly<Record<string, unknown>>;

let month: HospitalMonth;
let world: World;
const listed = async (as = priya): Promise<readonly Listed[]> =>
  (at(await world.data(LIST, {}, as), "alerts", "edges") as readonly { readonly node: Listed }[]).map(
    ({ node }) => node,
  );
before(async () => {
  month = await openHospitalMonth({ cases: false, incidents: true });
  world = worldOver(month.domain, month.storage, month.clock);
});
after(() => month.close());

test("a reviewer is told no patient by what an alert found, by its next step or by a relation to enter", async () => {
  const seen = await listed(rita);
  assert.ok(seen.length > 10);
  const text = JSON.stringify(seen);
  for (const patient of ["p-207", "p-303", "p-302", "p-304", "dora"])
    assert.ok(!text.includes(`"${patient}"`), patient);
  assert.ok(seen.every(({ relationToEnter }) => relationToEnter === null));
});

test("a verdict that explains quiets the pair and offers the relation; somebody else corrects it, which ends that", async () => {
  const bill = (await listed()).find(({ patient, subjectId }) => subjectId === "bill" && patient === "p-207");
  const id = bill?.id;
  await world.error("CONFLICT", CORRECT, { id }, paula);
  const bills = { ...callerOf("key:bill", "reviewer"), subject: { type: "user", id: "bill", issuer: null } };
  await world.error("FORBIDDEN", CLOSE, { id }, bills);
  const closed = at(await world.data(CLOSE, { id }, priya), "closeAlert");
  assert.equal(Date.parse(String(at(closed, "quietUntil"))), month.clock.now + 30 * 86_400_000);
  assert.match(String(at(closed, "nextStep")), /relationToEnter/);
  const {
    id: patient,
    properties,
    type,
  } = at(closed, "relationToEnter") as { id: string; type: string; properties: object };
  assert.deepEqual([type, patient, at(properties, "referrals")], ["Patient", "p-207", ["care-management", "bill"]]);
  await world.error("FORBIDDEN", CORRECT, { id }, priya);
  await world.error("FORBIDDEN", CORRECT, { id }, bills);
  const corrected = at(await world.data(CORRECT, { id }, paula), "correctVerdict");
  assert.deepEqual([at(corrected, "verdict"), at(corrected, "quietUntil")], ["TRUE_POSITIVE", null]);
  assert.deepEqual(at(corrected, "correctedVerdicts"), [
    { verdict: "FALSE_POSITIVE", cause: "MISSING_RELATION", text: "His account", by: { callerId: "key:priya" } },
  ]);
  assert.deepEqual(at(corrected, "closedBy"), { callerId: "key:paula" });
  await world.data('mutation($e: [PutEntity!]!) { putEntities(entities: $e, reason: "t") { revision } }', {
    e: [{ type, id: patient, properties }],
  });
});

test("a verdict that a program's key gave is corrected by nobody for whom that key stands", async () => {
  const [first] = (await listed()).filter(({ state }) => state === "OPEN");
  const id = first?.id;
  const desk = { type: "service", id: "desk", issuer: null };
  const program = {
    ...callerOf("key:desk", "auditor"),
    subject: desk,
    people: peopleOf([desk], [{ type: "user", id: "paula", issuer: null }]),
  };
  await world.data(CLOSE, { id }, program);
  const otherKey = { ...callerOf("key:other", "reviewer"), subject: { type: "employee", id: "PAULA", issuer: null } };
  for (const by of [program, paula, otherKey]) await world.error("FORBIDDEN", CORRECT, { id }, by);
  const corrected = at(await world.data(CORRECT, { id }, rita), "correctVerdict");
  assert.deepEqual(at(corrected, "closedBy"), { callerId: "key:rita" });
});
