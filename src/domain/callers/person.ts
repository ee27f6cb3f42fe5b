import type { Writer } from "../policy/fourEyes.ts";
import { peopleBehind } from "./samePerson.ts";
import type { Identity, Person } from "./types.ts";

/** Whether a caller is a program that asks for decisions, and does nothing else. */
export const isPlainService = ({ roles }: Identity): boolean => roles.size === 1 && roles.has("service");

/** Who asks, as it is kept with what they did. */
export const personOf = (caller: Identity): Person => ({
  callerId: caller.id,
  subject: caller.subject,
  ...((caller.people ?? caller.linked) && { people: peopleBehind(caller) }),
});

/** Who asks, as it is said of a write of the policy or the directory. */
export const writerOf = ({ id, staleSignIn }: Pick<Identity, "id" | "staleSignIn">): Writer => ({
  author: id,
  ...(staleSignIn !== undefined && { staleSignIn }),
});
