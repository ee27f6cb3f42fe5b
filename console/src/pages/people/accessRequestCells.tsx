import { ClientName } from "../../ui/names.tsx";
import { count } from "../../ui/words.ts";
import type { RequestRow } from "./accessRequests.graphql.ts";

/** "4 hours", "90 minutes". */
export const minutesText = (minutes: number): string =>
  minutes % 60 === 0 ? count(minutes / 60, "hour") : count(minutes, "minute");

/** What is asked for: a role somewhere, or a scope for a client. */
export const Asked = ({ of: { client, clientId, organization, role, scope } }: { readonly of: RequestRow }) =>
  role === null ? (
    <>
      scope <code className="id">{scope}</code> for <ClientName client={client} id={clientId} />
    </>
  ) : (
    <>
      role <code className="id">{role}</code> {organization === "*" ? "in all organizations" : `at ${organization}`}
    </>
  );
