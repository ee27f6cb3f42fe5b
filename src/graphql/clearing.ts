import { registerEnumType } from "type-graphql";
import { type ClearableMember, clearableOf } from "../domain/policy/members.ts";
import type { Noun } from "../domain/policy/types.ts";
import { type Enumeration, type InputMember, oneOf } from "./graphqlTypes.ts";

/** The `clear` of inputs that write a noun, with an enum of the members that may be empty. Once a noun: it names a type. */
export function clearing<N extends Noun>(noun: N): InputMember<readonly ClearableMember<N>[] | null> {
  const members = clearableOf(noun);
  const type: Enumeration<ClearableMember<N>> = Object.fromEntries(members);
  registerEnumType(type, {
    name: `Clearable${noun[0]?.toUpperCase()}${noun.slice(1)}Member`,
    description: `What may be empty in a ${noun}, and can be emptied on purpose.`,
    valuesConfig: Object.fromEntries(
      [...members].map(([name, member]) => [name, { description: `Empties \`${String(member)}\`.` }]),
    ),
  });
  return oneOf(type).listOrNull(
    "Members to empty. Leaving a member out, or null, never empties it; naming it here does.",
  );
}
