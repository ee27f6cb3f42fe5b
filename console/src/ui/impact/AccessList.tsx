import { useState } from "react";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { Chip } from "../marks.tsx";
import { NamingSubject } from "../names.tsx";
import { count } from "../words.ts";
import type { AccessCells } from "./impact.graphql.ts";
import "./impact.css";

const CHANGES: Readonly<
  Record<AccessCells["cells"][number]["change"], { readonly text: string; readonly tone: "plain" | "wait" }>
> = {
  WIDER: { text: "More", tone: "wait" },
  INCOMPARABLE: { text: "More and less", tone: "wait" },
  NARROWER: { text: "Less", tone: "plain" },
  EQUAL: { text: "The same", tone: "plain" },
};
const FIRST = 8;

/** A cell that has no sentence of its own. */
function sentence({
  client,
  clientId,
  role,
  subjectId,
  scope,
  resourceType,
  action,
  organization,
}: AccessCells["cells"][number]): string {
  const who = [role, subjectId, client?.name ?? clientId].filter((part) => part !== null).join(", ");
  const where = organization === null || organization === "*" ? "" : ` in ${organization}`;
  return `${who === "" ? "Anybody" : who}: ${action} on ${resourceType} with ${scope}${where}`;
}

/** What a change does to access, whatever is asked: who may do more or less, what is wider first. */
export function AccessList({ access }: { readonly access: AccessCells }) {
  const [isAll, setAll] = useState(false);
  const { cells, equal, complete } = access;
  const shown = isAll ? cells : cells.slice(0, FIRST);
  return (
    <>
      {cells.length === 0 && <p>Nobody may do more or less than before.</p>}
      <ul className="access-changes">
        {shown.map((cell, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: cells have no id, and their order is that of the answer
          <li key={i}>
            <Chip tone={CHANGES[cell.change].tone}>{CHANGES[cell.change].text}</Chip>
            <span>
              <NamingSubject
                text={cell.example ?? sentence(cell)}
                subject={cell.subjectId === null ? null : { id: cell.subjectId, type: cell.subjectType }}
              />
            </span>
          </li>
        ))}
      </ul>
      {cells.length > shown.length && <Button onPress={() => setAll(true)}>Show all {cells.length}</Button>}
      {equal > 0 && (
        <p className="muted small">
          {count(equal, "kind")} of requests that it touches {equal === 1 ? "is" : "are"} answered as before.
        </p>
      )}
      {!complete && <Note tone="warn">Not everything could be compared: there may be more.</Note>}
    </>
  );
}
