import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { type Service, startService } from "./support.ts";

const DAY = 86_400_000;
const PROPOSE =
  "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id state kind digest suppressAlerts operations } }";
const APPROVE =
  'mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "r") { state } }';
const APPLY = "mutation($id: ID!) { applyProposal(id: $id) { revision } }";
const STATE = "query($id: ID!) { proposal(id: $id) { state staleBecause appliedRevision } }";
const LIST = "{ alertSuppressions { edges { node { alertId detector until reason by { name } } } } }";

describe("suppressing alerts under four eyes", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let service: Service;
  let alertId: string;
  before(async () => {
    world = await openAlertWorld();
    await world.looks("nora", 9);
    alertId = (await world.alertOf("nora")).id;
    await world.service.stop();
    service = await startService(
      { DATABASE_URL: world.url, SCOPEWARDEN_FOUR_EYES: "on" },
      { clock: () => world.time.now, detectors: SAMPLE_DETECTORS },
    );
  });
  after(async () => {
    await service.stop();
    await world.stop();
  });
  const ask = async (by: string, query: string, variables: unknown = {}) => {
    const { body } = await service.ask(query, { key: world.keys[by] ?? null, variables });
    return body;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables?: unknown): Promise<any> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const refused = async (code: string, by: string, query: string, variables?: unknown) => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    return (body.errors[0].extensions.problems ?? []).map(({ path }: { readonly path: string }) => path);
  };
  const until = () => new Date(world.time.now + DAY).toISOString();
  const propose = (suppressAlerts: object) => ({
    input: { title: "A study", change: { suppressAlerts }, reason: "She counts beds for a study" },
  });
  const standing = async () => (await data("otto", LIST)).edges.map(({ node }: { readonly node: object }) => node);

  test("is proposed, approved by somebody else and applied; until then nothing is suppressed", async () => {
    const alone = "mutation($input: SuppressAlertsInput!) { suppressAlerts(input: $input) { id } }";
    await refused("FOUR_EYES_REQUIRED", "rita", alone, { input: { alertId, until: until(), reason: "r" } });
    const end = until();
    const made = await data("rita", PROPOSE, propose({ alertId, detector: "MANY_PATIENTS", until: end }));
    assert.deepEqual(
      [made.state, made.kind, made.suppressAlerts, made.operations],
      ["OPEN", "SUPPRESSION", { alertId, detector: "MANY_PATIENTS", until: end }, []],
    );
    const MAY = "query($id: ID!) { proposal(id: $id) { viewerMay { action allowed because isAwaited } } }";
    const may = async (by: string) => {
      const { viewerMay } = await data(by, MAY, made);
      const { allowed, because } = viewerMay.find(({ action }: { action: string }) => action === "approveProposal");
      const { cases } = await data(by, "{ inbox { cases { kind id title } } }");
      const waits = cases.some(({ id, kind }: { id: string; kind: string }) => kind === "PROPOSAL" && id === made.id);
      return [allowed, waits, because === null ? null : String(because).split(" ").slice(0, 3).join(" ")];
    };
    assert.deepEqual(await may("rose"), [true, true, null]);
    assert.deepEqual(await may("rita"), [false, false, "A proposal is"]);
    assert.deepEqual(await may("nora"), [false, false, "An alert is"]);
    await refused("FORBIDDEN", "rita", APPROVE, made);
    await refused("CONFLICT", "ada", APPLY, made);
    // Nor does she whom the alert is about, an admin.
    await refused("FORBIDDEN", "nora", APPROVE, made);
    assert.equal((await data("rose", APPROVE, made)).state, "APPROVED");
    await refused("FORBIDDEN", "nora", APPLY, made);
    assert.deepEqual(await standing(), []);
    await data("ada", APPLY, made);
    const suppression = { alertId, detector: "MANY_PATIENTS", until: end, reason: "She counts beds for a study" };
    assert.deepEqual(await standing(), [{ ...suppression, by: { name: "ada" } }]);
    assert.deepEqual(await data("rita", STATE, made), { state: "APPLIED", staleBecause: null, appliedRevision: null });
    await refused("CONFLICT", "ada", APPLY, made);
    assert.equal((await standing()).length, 1);
  });

  test("names what is wrong with it, and is not proposed by whom the alert is about", async () => {
    await refused("FORBIDDEN", "nora", PROPOSE, propose({ alertId, until: until() }));
    const late = new Date(world.time.now + 91 * DAY).toISOString();
    for (const [given, paths] of [
      [{ alertId: "none", until: until() }, ["input.change.suppressAlerts.alertId"]],
      [{ alertId, until: late }, ["input.change.suppressAlerts.until"]],
      [
        { alertId: "", until: new Date(world.time.now).toISOString() },
        ["input.change.suppressAlerts.alertId", "input.change.suppressAlerts.until"],
      ],
    ] as const)
      assert.deepEqual(await refused("BAD_USER_INPUT", "rita", PROPOSE, propose(given)), paths);
  });

  test("whose time is over before it was applied is stale, and does nothing", async () => {
    const made = await data("rita", PROPOSE, propose({ alertId, until: until() }));
    await data("rose", APPROVE, made);
    world.time.now += DAY;
    const { state, staleBecause } = await data("rita", STATE, made);
    assert.equal(state, "STALE");
    assert.match(staleBecause, /suppressAlerts\.until: must be later than now/);
    await refused("CONFLICT", "ada", APPLY, made);
    assert.equal((await standing()).length, 1);
  });
});
