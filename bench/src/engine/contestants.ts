import type { AccessRequest } from "../../../src/domain/decisions/types.ts";
import type { Size } from "../policies.ts";
import { prepareCasbin } from "./casbin.ts";
import { prepareCedar } from "./cedar.ts";
import { prepareScopewarden } from "./scopewarden.ts";

/** Gives each request what the engine takes, outside of the time that is measured. True: allowed. */
export type Prepared = (request: AccessRequest) => () => boolean;
/** Loads a policy; the requests are there for engines that are spared what the requests do not touch. */
export type Prepare = (size: Size, requests: readonly AccessRequest[]) => Prepared | Promise<Prepared>;

export const contestants = {
  scopewarden: prepareScopewarden,
  casbin: prepareCasbin,
  cedar: prepareCedar,
} satisfies Readonly<Record<string, Prepare>>;
export type Contestant = keyof typeof contestants;
