import { usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Chip } from "../marks.tsx";
import { When } from "../when.tsx";
import { BlockedNow } from "./blocked.graphql.ts";

interface Person {
  readonly id: string;
  readonly type: string | null;
}

/** So many can be in force at once, of clients and people. */
const MOST = 1000;

/** Until when somebody is blocked now, whatever rules let them, as far as the viewer may see it; null: they are not. All who are blocked are asked for at once. */
export function useBlocked({ when = true }: { readonly when?: boolean } = {}): (person: Person) => string | null {
  const may = useMay();
  const { rows } = usePages(BlockedNow, {}, ({ restrictions }) => restrictions, {
    when: when && may("restrictions"),
    enough: MOST,
  });
  return ({ id, type }) =>
    rows.find(({ subjectId, subjectType }) => subjectId === id && (subjectType ?? "user") === (type ?? "user"))
      ?.until ?? null;
}

/** That somebody is blocked now; nothing where they are not. */
export const BlockedChip = ({ until }: { readonly until: string | null }) =>
  until !== null && (
    <Chip tone="bad">
      Blocked until <When at={until} />
    </Chip>
  );
