import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import type { KeptAccessRequest } from "../../src/domain/consent/accessRequests/accessRequest.ts";
import { ACCESS_REQUEST_STEPS } from "../../src/domain/consent/accessRequests/whoMay.ts";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { BREAK_GLASS_STEPS } from "../../src/domain/consent/breakGlass/whoMay.ts";
import type { Alert } from "../../src/domain/monitoring/alerts/alert.ts";
import { ALERT_STEPS } from "../../src/domain/monitoring/alerts/whoMay.ts";
import type { ReviewAccess } from "../../src/domain/monitoring/reviews/campaign.ts";
import { requireMayDecide } from "../../src/domain/monitoring/reviews/whoMay.ts";
import { openWorld, type World } from "../graphql/world.ts";
import { bearerOf } from "../support/keyCallers.ts";
import { proposeRole } from "../support/proposeRole.ts";
import { bearerOfToken } from "../support/tokenCallers.ts";

describe("a client fetches a token for itself, and gives somebody a second pair of eyes with it", () => {
  let world: World;
  let ada: Identity;
  const client = (...roles: readonly CallerRole[]) => bearerOfToken({ sub: "deployer", client_id: "deployer" }, roles);
  before(async () => {
    world = await openWorld({ fourEyes: true });
    ada = await bearerOf(world.storage, { by: "key:admin", subject: { type: "user", id: "ada" }, roles: ["admin"] });
  });

  test("it approves nothing, which a person's token does", async () => {
    const { approve } = await proposeRole(world, ada);
    const { message } = await approve.error("FORBIDDEN", await client("reviewer"));
    assert.match(message, /a token without a person/);
    await approve.data(await bearerOfToken({ sub: "rita", client_id: "console" }, ["reviewer"]));
  });

  test("it proposes, and applies what two people have approved, of whom one may be behind it", async () => {
    const { approve, id } = await proposeRole(world, await client("admin"));
    await approve.data(ada);
    const apply = "mutation ($id: ID!) { applyProposal(id: $id) { revision } }";
    await world.error("CONFLICT", apply, { id }, await client("admin"));
    await approve.data(
      await bearerOf(world.storage, { by: "key:admin", subject: { type: "user", id: "rita" }, roles: ["reviewer"] }),
    );
    await world.data("mutation ($id: ID!) { applyProposal(id: $id) { revision } }", { id }, await client("admin"));
  });

  test("it gives no access, and judges, reviews and lifts nothing", async () => {
    const token = await client("admin", "reviewer", "auditor");
    const person = await bearerOfToken({ sub: "rita", client_id: "console" }, ["admin", "reviewer", "auditor"]);
    const subject = { type: "user", id: "tess" };
    const by = { callerId: "key:tess", subject: { ...subject, issuer: null } };
    const steps: Readonly<Record<string, (caller: Identity) => unknown>> = {
      give: (caller) =>
        ACCESS_REQUEST_STEPS.decide.require(
          caller,
          { subject, clientId: null, requestedBy: by } as KeptAccessRequest,
          null,
        ),
      reviewEmergency: (caller) =>
        BREAK_GLASS_STEPS.review.require(caller, { subject, openedBy: by, patient: "mrn-1" } as KeptBreakGlass, {
          directory: world.domain.directory.current(),
        }),
      judgeAlert: (caller) =>
        ALERT_STEPS.close.require(caller, { id: "a" } as Alert, {
          ...{ entity: { kind: "CLIENT", id: "app" }, parties: [], now: 1 },
          directory: world.domain.directory.current(),
        }),
      reviewAccess: (caller) =>
        requireMayDecide(caller, {
          campaign: { state: "OPEN", endsAt: 2, dueAt: 2, reviewers: [], fallbackReviewer: null } as never,
          access: { clientId: null, subjectId: "tess", subjectType: "user" } as ReviewAccess,
          now: 1,
        }),
      liftHold: async (caller) => {
        const { id } = await world.domain.legalHolds.place(ada, { clientId: "app", reason: "Case 17" });
        await world.domain.legalHolds.lift(caller, { id, reason: "It is over" });
      },
    };
    for (const [name, step] of Object.entries(steps)) {
      await step(person);
      await assert.rejects(async () => step(token), { code: "FORBIDDEN" }, name);
    }
  });
});
