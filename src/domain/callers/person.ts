import type { Identity, Person } from "./types.ts";

/** Who asks, as it is kept with what they did. */
export const personOf = ({ id, subject }: Identity): Person => ({ callerId: id, subject });
