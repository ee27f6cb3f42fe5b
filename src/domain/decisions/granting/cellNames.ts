import { smartScopesCovering } from "../../policy/smartRules.ts";
import { ceilingOf } from "../holds/grants.ts";
import { typesRegistered } from "../holds/registered.ts";
import type { GrantQuestion } from "../question.ts";
import type { GrantCheck } from "../scopeCheck.ts";
import type { CellNames } from "./cells.ts";

/** By which names rules may mean the scope, whatever of it is used, and the types that the client's grants and registered scopes tell apart. */
export function cellNames(
  { facts, request }: Pick<GrantQuestion, "facts" | "request">,
  { scope, smart }: Pick<GrantCheck, "scope" | "smart">,
): CellNames {
  const { snapshot } = facts;
  if (smart === null) return { scopeNames: new Set([scope]), typesToTell: [] };
  const ceiling = ceilingOf(facts, request.clientId);
  const names = new Set<string>();
  const typesToTell = new Set(typesRegistered(snapshot, smart.context));
  for (const atom of smart.atoms)
    for (const part of ceiling.partsOf(atom)) {
      for (const name of smartScopesCovering(snapshot, part)) names.add(name);
      typesToTell.add(part.resourceType);
    }
  typesToTell.delete("*");
  return { scopeNames: names, typesToTell };
}
