// Roads by which a guard before a FHIR server is known to leak.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Client } from "../../clients/node/src/client.ts";
import type { Holder } from "../../guard/src/holder.ts";
import { asResource, type Resource } from "../../guard/src/json.ts";
import { Refused } from "../../guard/src/outcome.ts";
import { release } from "../../guard/src/release.ts";
import { type GuardWorld, labelled, NORMAL, observation, RESTRICTED, startGuardWorld } from "./guardWorld.ts";

let world: GuardWorld;
let nora: string;
before(async () => {
  world = await startGuardWorld();
  nora = await world.token();
});
after(() => world.close());

type Entry = {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
};
async function searched(path: string, token = nora) {
  const { body, status, text } = await world.get(path, token);
  assert.equal(status, 200, text);
  const names = (body.entry as readonly Entry[])
    .filter(({ search }) => search.mode !== "outcome")
    .map(({ resource, search }) => `${search.mode === "include" ? "+" : ""}${resource.resourceType}/${resource.id}`);
  return { names: names.sort(), hasNext: body.link.some(({ relation }: { relation: string }) => relation === "next") };
}
/** With these in the store, and without them afterwards. */
async function holding<T>(resources: readonly Parameters<GuardWorld["upstream"]["put"]>[0][], what: () => Promise<T>) {
  const before = new Set(world.upstream.store.keys());
  for (const each of resources) world.upstream.put(each);
  try {
    return await what();
  } finally {
    for (const name of [...world.upstream.store.keys()]) if (!before.has(name)) world.upstream.store.delete(name);
  }
}

describe("a channel", () => {
  test("there is no link to a next page on which nothing would be", async () => {
    const told: boolean[] = [];
    for (const value of [100, 999]) {
      const hidden = observation("zz-hidden", "bob", { ...labelled(RESTRICTED), valueQuantity: { value, unit: "cm" } });
      told.push(
        await holding([hidden], async () => {
          const answer = await searched("Observation?_id=bob-height,zz-hidden&value-quantity=gt150&_count=1");
          assert.deepEqual(answer.names, ["Observation/bob-height"]);
          return answer.hasNext;
        }),
      );
    }
    assert.deepEqual(told, [false, false]);
  });

  test("an include brings nothing of a type that is not served", async () => {
    const provenance = {
      resourceType: "Provenance",
      id: "p",
      ...labelled(NORMAL),
      target: [{ reference: "Binary/scan" }],
      recorded: "2026-01-01T00:00:00Z",
      agent: [{ who: { reference: "Practitioner/paul" } }],
    };
    const { names } = await holding([provenance], () => searched("Provenance?_include=Provenance:target"));
    assert.ok(!names.includes("+Binary/scan"), names.join(" "));
  });

  test("an include goes by its own parameter alone, and tells nothing of what a withheld match refers to", async () => {
    const seen: string[] = [];
    for (const performer of ["Patient/ann", "Practitioner/paul"]) {
      const hidden = observation("hidden", "bob", { ...labelled(RESTRICTED), performer: [{ reference: performer }] });
      const open = observation("open", "ann", { performer: [{ reference: "Practitioner/none" }] });
      const { names } = await holding([hidden, open], () =>
        searched("Observation?_id=open,hidden&_include=Observation:performer"),
      );
      seen.push(names.join(" "));
    }
    assert.equal(seen[0], seen[1]);
  });

  test("an include by an absolute reference to the server is served like a relative one", async () => {
    const open = observation("open", "ann", { performer: [{ reference: `${world.upstream.url}/Practitioner/paul` }] });
    const { names } = await holding([open], () => searched("Observation?_id=open&_include=Observation:performer"));
    assert.deepEqual(names, ["+Practitioner/paul", "Observation/open"]);
  });

  test("nobody is asked to sign in again for what would stay withheld", async () => {
    const stepUp = { type: "stepUp", parameters: { since: new Date().toISOString() } };
    const filter = { type: "filter", parameters: { allOf: [{ anyOf: [] }] } };
    const client = {
      authorizeBatch: async (asked: readonly unknown[]) =>
        asked.map(() => ({ outcome: "allowed", id: "d", obligations: [filter, stepUp] })),
    } as unknown as Pick<Client, "authorizeBatch">;
    const holder: Holder = { asker: { clientId: "c", scopes: [] }, scopes: [], authTime: 1, key: "k" };
    const one = asResource(observation("o", "ann")) as Resource;
    const out = await release([one], holder, { client, base: "b", options: {}, organization: null }).catch((e) => e);
    assert.ok(!(out instanceof Refused));
    assert.deepEqual(out, [null]);
  });

  test("a body of another kind is no search, and nobody is asked", async () => {
    const asked = world.upstream.asked.length;
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain"]) {
      const { status } = await world.get("Observation/_search", nora, {
        method: "POST",
        headers: { "content-type": type },
        body: '{"patient":"ann"}',
      });
      assert.equal(status, 415, type);
    }
    assert.equal(world.upstream.asked.length, asked);
  });

  test("a deletion that the server refuses is told as refused", async () => {
    await holding([observation("kept", "ann")], async () => {
      const { asked } = world.upstream;
      // The fault must meet the deletion and not the read before it.
      const push = asked.push.bind(asked);
      asked.push = (...items) => {
        if (items[0]?.method === "DELETE")
          world.upstream.fault = { status: 422, type: "application/fhir+json", body: "{}" };
        return push(...items);
      };
      const { status } = await world.get("Observation/kept", nora, { method: "DELETE" });
      asked.push = push;
      assert.equal(status, 422);
    });
  });
});
