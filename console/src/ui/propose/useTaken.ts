import { useSettled } from "../../api/useSettled.ts";
import type { FoundKind } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Find } from "../find.graphql.ts";

/** Whether what a form creates exists already: sent all the same it would change that, as the service puts a whole in the place of another. */
export function useTaken(
  kind: Exclude<FoundKind, "PATIENT">,
  id: string,
): { readonly is: boolean; readonly isAsking: boolean; readonly problem: string | null } {
  const text = id.trim();
  const may = useMay();
  const { data, isAsking } = useSettled(Find, text === "" || !may("find") ? null : { text, kinds: [kind], first: 20 });
  const is = data?.find.matches.some((match) => match.id === text) === true;
  const problem = is ? `There is a ${kind.toLowerCase()} of this name already. Open that one to change it.` : null;
  return { is, isAsking, problem };
}
