import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readPolicyFiles } from "../../src/cli/policyFiles.ts";
import { type Backend, backends } from "../storage/backends.ts";
import { type Case, type Answer as CaseAnswer, compareWithCase, readCases } from "../support/cases.ts";
import { openDemoBreakGlasses } from "../support/demoBreakGlasses.ts";
import { recordDemoConsents } from "../support/demoConsents.ts";
import { type Service, startService } from "./support.ts";

const { now, cases } = readCases("seeds/requests.yaml");
const BATCH = `query($inputs: [AuthorizeInput!]!) {
  authorizeBatch(inputs: $inputs) { id outcome scope policyRevision reasons { code message scope role ruleId } obligations { type parameters } }
}`;
const PAGE = `query($after: String) {
  decisions(first: 100, after: $after) { edges { node { id outcome scope reasons { code message ruleId } obligations { type parameters } request } } pageInfo { hasNextPage endCursor } }
}`;
type Found = CaseAnswer & { readonly id: string };

for (const { name: database, start } of backends)
  describe(`the demo hospital over HTTP, on ${database}`, () => {
    let backend: Backend;
    let service: Service;
    let serviceKey = "";
    let auditorKey = "";
    const answers = new Map<string, Found>();

    before(async () => {
      backend = await start();
      let time = now;
      service = await startService({ DATABASE_URL: await backend.fresh() }, { clock: () => time });
      await service.app.domain.policy.apply({
        operations: await readPolicyFiles("seeds/hospital"),
        reason: "test",
        author: "test",
      });
      await recordDemoConsents(service.app.domain);
      await openDemoBreakGlasses(service.app.domain);
      serviceKey = (await service.createKey("SERVICE")).key;
      auditorKey = (await service.createKey("AUDITOR")).key;
      const ask = async (batch: readonly Case[], at: number): Promise<void> => {
        time = at;
        const { status, body, text } = await service.ask(BATCH, {
          key: serviceKey,
          variables: { inputs: batch.map((item) => item.request) },
        });
        assert.equal(status, 200, text);
        batch.forEach((item: Case, j: number) => {
          answers.set(item.name, body.data.authorizeBatch[j]);
        });
      };
      for (const at of [...new Set(cases.map((item) => item.now))].sort((a, b) => a - b)) {
        const then = cases.filter((item) => item.now === at);
        for (let i = 0; i < then.length; i += 100) await ask(then.slice(i, i + 100), at);
      }
    });
    after(async () => {
      await service.stop();
      await backend.stop();
    });

    for (const item of cases) {
      test(item.name, () => {
        const answer = answers.get(item.name);
        assert.ok(answer !== undefined);
        compareWithCase(item, answer);
      });
    }

    test("each decision is found again by decisions, as it was answered", async () => {
      const stored = new Map<string, Found>();
      for (let after: string | null = null; ; ) {
        const { body } = await service.ask(PAGE, { key: auditorKey, variables: { after } });
        for (const { node } of body.data.decisions.edges) stored.set(node.id, node);
        if (!body.data.decisions.pageInfo.hasNextPage) break;
        after = body.data.decisions.pageInfo.endCursor;
      }
      assert.equal(stored.size, cases.length);
      for (const answer of answers.values()) {
        const found = stored.get(answer.id);
        assert.ok(found !== undefined);
        assert.deepEqual(
          [found.outcome, found.scope, found.obligations],
          [answer.outcome, answer.scope, answer.obligations],
        );
        assert.deepEqual(
          found.reasons.map((r) => [r.code, r.message]),
          answer.reasons.map((r) => [r.code, r.message]),
        );
      }
    });
  });
