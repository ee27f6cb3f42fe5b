import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../../src/domain/callers/types.ts";
import type { Domain } from "../../../src/domain/domain.ts";
import { newRequestFacts } from "../../../src/doors/requestFacts.ts";
import { createDoorContext } from "../../../src/graphql/door/doorContext.ts";
import { createJournalTurns } from "../../../src/graphql/door/journalTurns.ts";

test("a request has loaders of its own, one set however often it asks for them: what they count is of one answer", () => {
  const journalTurns = createJournalTurns(1);
  const request = () =>
    createDoorContext({ caller: {} as Identity, domain: {} as Domain, facts: newRequestFacts(), journalTurns });
  const [one, other] = [request(), request()];
  const items = Array.from({ length: 20_000 }, () => ({}));
  assert.equal(one.loaders.counted(items), items);
  assert.throws(() => one.loaders.counted(items), { code: "LIMIT_EXCEEDED" });
  assert.equal(other.loaders.counted(items), items);
});

test("a copy of a context, as Apollo makes one, has the loaders of the request", () => {
  const journalTurns = createJournalTurns(1);
  const request = createDoorContext({
    caller: {} as Identity,
    domain: {} as Domain,
    facts: newRequestFacts(),
    journalTurns,
  });
  const copy = Object.assign(Object.create(Object.getPrototypeOf(request)), request) as typeof request;
  assert.equal(copy.loaders, request.loaders);
});
