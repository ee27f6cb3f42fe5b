// The third-party SMART cases, asked of the running service: as grants, rules and decisions. What only a parser can be
// asked (printing, classes of other scopes) is in test/scopes/vectors.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { isProtocolScope } from "../../src/domain/scopes/protocol.ts";
import { type Service, startService } from "./support.ts";

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly expect: unknown;
}
interface Ask {
  readonly granted: readonly string[];
  readonly context: string;
  readonly resource: string;
  readonly interaction?: string;
  readonly action?: string;
}
const rows = readFileSync("test/vectors/smart-scopes.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);
const of = (...kinds: readonly string[]): readonly Row[] => rows.filter((row) => kinds.includes(row.kind));
const ACTIONS: Readonly<Record<string, string>> = { c: "create", r: "read", u: "update", d: "delete", s: "search" };

describe("third-party SMART cases through the API", () => {
  let service: Service;
  before(async () => {
    service = await startService();
    const rule = await apply([
      {
        putRule: {
          id: "everything",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          role: "*",
          scope: "*",
          action: "*",
          resourceType: "*",
        },
      },
    ]);
    assert.equal(rule.errors, undefined, JSON.stringify(rule));
  });
  after(() => service.stop());

  async function apply(operations: readonly unknown[]) {
    const query = "mutation($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }";
    return (await service.ask(query, { variables: { input: { operations, reason: "test" } } })).body;
  }
  const grant = (client: string, scopes: readonly string[]) =>
    apply([
      { putClient: { id: client, name: client } },
      ...scopes.map((scope) => ({ grantScope: { clientId: client, scope } })),
    ]);

  async function decide(
    client: string,
    presented: readonly string[],
    context: string,
    resource: string,
    action: string,
  ) {
    const input = {
      clientId: client,
      // A case is of one context: a subject would let user/ scopes in beside patient/ ones.
      ...(context === "user" ? { subject: { id: "someone" } } : {}),
      scopes: presented,
      action,
      resource: { type: resource, patient: "p1" },
      ...(context === "patient" ? { context: { patient: "p1" } } : {}),
    };
    const { body } = await service.ask(
      "query($input: AuthorizeInput!) { authorize(input: $input) { outcome obligations { type parameters } reasons { code } } }",
      { variables: { input } },
    );
    assert.ok(body.data, JSON.stringify(body));
    return body.data.authorize as {
      outcome: string;
      obligations: { type: string; parameters: { allOf: { anyOf: { constraint?: string }[] }[] } }[];
      reasons: { code: string }[];
    };
  }

  for (const row of of("authorize")) {
    test(`${row.id} ${JSON.stringify(row.input)}`, async () => {
      const { granted, context, resource, interaction = "" } = row.input as Ask;
      const done = await grant(row.id, granted);
      if (done.errors !== undefined) {
        // A scope that can't be granted permits nothing.
        assert.equal(done.errors[0].extensions.code, "BAD_USER_INPUT");
        assert.equal(row.expect, false);
        return;
      }
      const answer = await decide(row.id, granted, context, resource, ACTIONS[interaction] ?? "");
      const filter = answer.obligations.find((o) => o.type === "filter")?.parameters.allOf ?? [];
      assert.ok(filter.length < 2, "nothing is asked for but constraints");
      if (typeof row.expect === "boolean") {
        assert.equal(answer.outcome, row.expect ? "ALLOW" : "DENY", JSON.stringify(answer));
        assert.deepEqual(filter, []);
        return;
      }
      const { searchConstraint } = row.expect as { searchConstraint: Record<string, string[]> };
      assert.equal(answer.outcome, "ALLOW");
      const found = new Set(
        filter
          .flatMap(({ anyOf }) => anyOf.flatMap(({ constraint = "" }) => constraint.split("&")))
          .flatMap((part) => (part.split("=")[1] ?? "").split(",").map((value) => `${part.split("=")[0]}=${value}`)),
      );
      assert.deepEqual(
        found,
        new Set(
          Object.entries(searchConstraint).flatMap(([name, values]) => values.map((value) => `${name}=${value}`)),
        ),
      );
    });
  }

  for (const row of of("authorize-v1")) {
    test(`${row.id} ${JSON.stringify(row.input)}`, async () => {
      const { granted, resource, action = "" } = row.input as Ask;
      await grant(row.id, granted);
      const actions =
        { read: ["read", "search"], write: ["create", "update", "delete"] }[action] ?? Object.values(ACTIONS);
      const types = resource === "*" ? ["Patient", "Observation", "Claim"] : [resource];
      const outcomes = await Promise.all(
        types.flatMap((type) =>
          actions.map(async (name) => (await decide(row.id, granted, "user", type, name)).outcome),
        ),
      );
      assert.equal(
        outcomes.every((outcome) => outcome === "ALLOW"),
        row.expect,
        outcomes.join(),
      );
    });
  }

  for (const row of of("v1map", "parse")) {
    test(`${row.id} ${row.kind} ${JSON.stringify(row.input)}: permits its letters and no others`, async () => {
      const scope = row.input as string;
      const { context, resource, interactions } =
        row.kind === "v1map"
          ? { context: "patient", resource: "Observation", interactions: row.expect as string }
          : (row.expect as { context: string; resource: string; interactions: string });
      assert.equal((await grant(row.id, [scope])).errors, undefined);
      for (const [letter, action] of Object.entries(ACTIONS)) {
        const answer = await decide(row.id, [scope], context, resource === "*" ? "Condition" : resource, action);
        // What a constraint leaves open of one resource can't be verified here; a search says it as a filter.
        const constrained = scope.includes("?") && action !== "search";
        assert.equal(
          answer.outcome,
          interactions.includes(letter) && !constrained ? "ALLOW" : "DENY",
          `${action}: ${JSON.stringify(answer.reasons)}`,
        );
      }
    });
  }

  for (const row of of("upgrade").filter(({ input }) => String(input).includes("/"))) {
    test(`${row.id} ${JSON.stringify(row.input)}: each form is granted by the other`, async () => {
      const forms = [row.input as string, row.expect as string];
      for (const [i, form] of forms.entries()) {
        const client = `${row.id}-${i}`;
        assert.equal((await grant(client, [form])).errors, undefined);
        const other = forms[1 - i] ?? "";
        const answer = await decide(client, [other], other.split("/")[0] ?? "", "Patient", "read");
        assert.ok(!answer.reasons.some((reason) => reason.code === "SCOPE_NOT_GRANTED"), JSON.stringify(answer));
      }
    });
  }

  for (const row of of("parse-invalid", "not-clinical")) {
    test(`${row.id} ${JSON.stringify(row.input)}: can't be granted, named by a rule, or used`, async () => {
      const scope = row.input as string;
      for (const operations of [
        [{ putClient: { id: "any", name: "any" } }, { grantScope: { clientId: "any", scope } }],
        [
          {
            putRule: {
              id: "any",
              scope,
              effect: "ALLOW",
              justification: "This policy is for a test.",
              role: "*",
              action: "*",
              resourceType: "*",
            },
          },
        ],
      ]) {
        const { errors } = await apply(operations);
        assert.equal(errors?.[0].extensions.code, "BAD_USER_INPUT", JSON.stringify(operations));
      }
      const input = { clientId: "any", scopes: [scope], action: "read", resource: { type: "Observation" } };
      const { body } = await service.ask(
        "query($input: AuthorizeInput!) { authorize(input: $input) { outcome reasons { code scope } } }",
        { variables: { input } },
      );
      if (body.errors !== undefined) assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT");
      else {
        assert.equal(body.data.authorize.outcome, "DENY");
        const reasons: readonly { code: string; scope: string | null }[] = body.data.authorize.reasons;
        const named = reasons.filter((reason) => reason.scope === scope).map(({ code }) => code);
        // A protocol scope is known, reaches nothing, and is no reason.
        assert.deepEqual(named, isProtocolScope(scope) ? [] : ["UNKNOWN_SCOPE"]);
      }
    });
  }
});
