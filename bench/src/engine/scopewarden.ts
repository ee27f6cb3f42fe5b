import { decide } from "../../../src/domain/decisions/decide.ts";
import { snapshotOf } from "../../../src/domain/policy/snapshot.ts";
import { createEngine } from "../../../src/engine/engine.ts";
import { policyRows } from "../policies.ts";
import type { Prepare } from "./contestants.ts";

/** All of a decision, as the service makes it: scopes, grants, roles, index, Casbin, conditions in CEL, reasons. */
export const prepareScopewarden: Prepare = async (size) => {
  const facts = { snapshot: snapshotOf(policyRows(size), 1), engine: await createEngine(), now: 1_800_000_000_000 };
  return (request) => () => decide(facts, request).outcome === "ALLOW";
};
