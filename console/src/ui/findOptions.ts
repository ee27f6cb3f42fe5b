import type { FoundKind } from "../generated/schema.ts";
import { ask } from "../session/session.ts";
import type { Option } from "./fields.tsx";
import { Find } from "./find.graphql.ts";

/** Finds things of a kind at the service, for `PickerField`. Never for patients: each such look is an act on record. */
export const findOptions =
  (...kinds: readonly Exclude<FoundKind, "PATIENT">[]) =>
  async (text: string, signal: AbortSignal): Promise<readonly Option[]> => {
    if (text === "") return [];
    const { find } = await ask(Find, { text, kinds, first: 20 }, signal);
    return find.matches.map(({ id, name, what }) => ({
      id,
      name: name ?? id,
      hint: name === null || name === id ? what : id,
    }));
  };
