import { foldedIdsOf, peopleBehind, peopleUntold } from "../callers/samePerson.ts";
import type { Identity } from "../callers/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import { USER } from "../policy/types.ts";
import type { Directory } from "./directory.ts";
import { alikeTo } from "./samePeople.ts";

const asPerson = (id: string): readonly string[] => peopleUntold([{ type: USER, id, issuer: null }]);

/**
 * Under which ids somebody is a patient: those of whoever they may be, whoever issued them, and each `patientRecord` of what the directory has
 * of these, whatever its type. A token says no type, and a key may say another one, or other letters, than the directory.
 */
function ownIds(directory: Directory, caller: Identity): ReadonlySet<string> {
  const people = peopleBehind(caller);
  const found = alikeTo(directory, [...people, ...foldedIdsOf(people).flatMap(asPerson)]);
  const records = found.entities.flatMap(({ properties }) => properties?.patientRecord ?? []);
  return new Set(foldedIdsOf([...found.people, ...records.flatMap((id) => asPerson(String(id)))]));
}

/**
 * That nobody judges what was done with their own record. `rule` is as for `requireOtherThan`.
 * @throws ScopewardenError FORBIDDEN
 */
export function requireNotPatient(
  caller: Identity,
  patients: readonly string[],
  { directory, rule }: { readonly directory: Directory; readonly rule: string },
): void {
  const own = ownIds(directory, caller);
  if (patients.some((patient) => foldedIdsOf(asPerson(patient)).some((id) => own.has(id))))
    throw new ScopewardenError("FORBIDDEN", `${rule}; another key of the same person is the same person.`);
}
