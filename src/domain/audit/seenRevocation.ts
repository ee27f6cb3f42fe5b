import { journalView } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { TimedRevocation } from "../consent/revocations/tokenRevocations.ts";
import type { Account } from "../directory/accounts.ts";
import { type Directory, entityOf, ownersOf } from "../directory/directory.ts";
import { isPatientsEntry } from "../directory/patientsEntry.ts";

/** Whether entries of patients have an account, and no others: who sees pseudonyms reads nothing of these. */
export function isPatientsAccount(directory: Directory, account: Account): boolean {
  const owners = ownersOf(directory, account).map(({ id, type }) => entityOf(directory, type, id));
  return owners.length > 0 && owners.every((entity) => entity !== undefined && isPatientsEntry(directory, entity));
}

/** A revocation as a caller may see it: whose account it is stays out where the directory would tell it of a patient. */
export const createSeenRevocation =
  (directory: () => Directory) =>
  (caller: Caller, revocation: TimedRevocation): TimedRevocation => {
    const { issuer, person } = revocation;
    if (person === null || journalView(caller) === null || !isPatientsAccount(directory(), { issuer, id: person }))
      return revocation;
    return { ...revocation, person: null };
  };
