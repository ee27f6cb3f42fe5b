import { useAsk } from "../api/useAsk.ts";
import { useMay } from "../session/useSession.ts";
import { PolicyBegun } from "./begun.graphql.ts";

/** Whether the policy has a client and a rule; null: it is not known yet, or is nothing of the viewer's. */
export function useBegun() {
  const may = useMay();
  const asked = useAsk(PolicyBegun, {}, { when: may("applyPolicy") });
  const { data } = asked;
  return { isBegun: data === undefined ? null : data.clients.edges.length > 0 && data.rules.edges.length > 0, asked };
}
