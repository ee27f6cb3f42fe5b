import { Empty } from "../../ui/feedback.tsx";
import { count } from "../../ui/words.ts";
import type { AccessSquare, OwnAccessResult } from "./clientAccess.graphql.ts";

interface NothingProps {
  readonly client: OwnAccessResult["client"];
  readonly cells: readonly AccessSquare[];
  readonly isPerson: boolean;
  readonly byRoles: boolean;
}

/** Why nothing at all is allowed, by what stands in the way first. */
export function NothingReached({ client, cells, isPerson, byRoles }: NothingProps) {
  if (client?.status === "SUSPENDED")
    return (
      <Empty title="This client is suspended">
        Every question for it is denied, whatever it is granted and whoever asks. It was looked at as it is now.
      </Empty>
    );
  if (client !== null && client.grants.length === 0)
    return (
      <Empty title="This client is granted no scope">
        Without a scope nothing can be allowed. Grant it one under Clients.
      </Empty>
    );
  const messages = new Map<string, number>();
  for (const { message } of cells.flatMap(({ reasons }) => reasons.slice(0, 1)))
    messages.set(message, (messages.get(message) ?? 0) + 1);
  const nearest = [...messages].sort(([, a], [, b]) => b - a).slice(0, 3);
  return (
    <Empty
      title={
        isPerson
          ? "Nothing is allowed for this person"
          : byRoles
            ? "Nothing is allowed to anybody"
            : "Nothing is allowed to the client itself"
      }
    >
      {count(cells.length, "kind of request", "kinds of requests")} looked at.{" "}
      {byRoles
        ? "No role has a rule for what this client is granted, at this place, time and purpose."
        : isPerson
          ? "The nearest reasons:"
          : "It holds no role by which it may act for nobody; people may reach more by way of it. The nearest reasons:"}
      {!byRoles && (
        <ul className="ask-conditions">
          {nearest.map(([message]) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
    </Empty>
  );
}
