import type { Person } from "../../domain/callers/types.ts";

/** Whoever did something, of the four columns that tell. */
export const storedPerson = (
  callerId: string,
  id: string | null,
  type: string | null,
  issuer: string | null,
): Person => ({
  callerId,
  subject: id === null ? null : { id, type, issuer },
});
