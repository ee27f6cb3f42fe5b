import { serviceNow } from "../../session/session.ts";
import { Chip } from "../../ui/marks.tsx";
import type { ShownKey } from "./keys.graphql.ts";

type State = "IN_FORCE" | "OVER" | "BLOCKED";

/** Where a key stands by the service's clock. */
export const keyState = ({ revokedAt, until }: Pick<ShownKey, "revokedAt" | "until">): State =>
  revokedAt !== null ? "BLOCKED" : until !== null && Date.parse(until) <= serviceNow().getTime() ? "OVER" : "IN_FORCE";

const LOOKS = { IN_FORCE: ["good", "In force"], OVER: ["plain", "Over"], BLOCKED: ["bad", "Blocked"] } as const;

export function KeyState({ of }: { readonly of: ShownKey }) {
  const [tone, text] = LOOKS[keyState(of)];
  return <Chip tone={tone}>{text}</Chip>;
}
