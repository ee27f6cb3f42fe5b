import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, changed, evaluation, fixture, pep, READ, RECORD, searchSubject } from "./support.ts";

test("a subject of the client's own id is found where an evaluation of it is true: it is the client itself", async () => {
  const found = async (operations: Parameters<typeof changed>[1]) => {
    const pdp = fixture();
    // Holds a role as a person of that id, which is none that the client holds.
    const known = [{ assignRole: { subjectId: "app", role: "reader", organization: "*" } }];
    pdp.snapshot = changed(pdp.snapshot, [...known, ...operations]);
    const question = { subject: { type: "user" }, action: READ, resource: RECORD };
    const { results } = bodyOf(await searchSubject(pdp, pep, question));
    const itself = { ...question, subject: { type: "user", id: "app" } };
    const { decision } = bodyOf(await evaluation(pdp, pep, itself));
    return [results.some(({ id }: { id: string }) => id === "app"), decision];
  };
  assert.deepEqual(await found([]), [false, false]);
  assert.deepEqual(await found([{ assignRole: { clientId: "app", role: "reader", organization: "*" } }]), [true, true]);
});
