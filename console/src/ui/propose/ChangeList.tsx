import { useState } from "react";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { Icon } from "../icons.tsx";
import { Chip } from "../marks.tsx";
import { count } from "../words.ts";
import type { ChangeRow, FindingRow } from "./changes.graphql.ts";
import { type MemberChange, memberChanges } from "./memberChanges.ts";
import "./propose.css";

/** A change of the policy, or of something else that is shown in its form. */
export type ListedChange = Omit<ChangeRow, "noun"> & { readonly noun: string };

interface ChangeListProps {
  readonly changes: readonly ListedChange[];
  /** How many there are in all; null: more than are listed. */
  readonly total: number | null;
  readonly findings?: readonly FindingRow[] | null;
  /** Asks for those that follow; absent: the rest is only counted. */
  readonly more?: () => void;
}

/** So many are shown at first. */
const FIRST = 12;

const isAbout = (change: ListedChange, { noun, key }: FindingRow): boolean =>
  noun === change.noun && key === change.key;

/** What a change does to the policy: a sentence for each thing, which opens as before and after. */
export function ChangeList({ changes, total, findings, more }: ChangeListProps) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? changes : changes.slice(0, FIRST);
  const left = total === null ? null : total - changes.length;
  const others = (findings ?? []).filter((finding) => !changes.some((change) => isAbout(change, finding)));
  return (
    <>
      <ul className="changes">
        {shown.map((change) => (
          <li key={change.cursor}>
            <Change change={change} findings={(findings ?? []).filter((finding) => isAbout(change, finding))} />
          </li>
        ))}
      </ul>
      {!isAll && changes.length > FIRST && (
        <Button onPress={() => setAll(true)}>Show all {count(changes.length, "change")}</Button>
      )}
      {isAll && more !== undefined && left !== 0 && <Button onPress={more}>Show more</Button>}
      {(isAll || changes.length <= FIRST) && more === undefined && left !== 0 && (
        <Note>And {left === null ? "more" : count(left, "other change")} that the list leaves out.</Note>
      )}
      {others.map(({ noun, key, code, message }) => (
        <Note key={`${noun} ${key} ${code} ${message}`} tone="warn">
          {message}
        </Note>
      ))}
    </>
  );
}

function Change({ change, findings }: { readonly change: ListedChange; readonly findings: readonly FindingRow[] }) {
  const widens = findings.some(({ code }) => code === "WIDENS_ALLOW");
  return (
    <details className="change">
      <summary>
        <span
          className={`sign ${change.before === null ? "plus" : change.after === null ? "minus" : "tilde"}`}
          aria-hidden="true"
        >
          {change.before === null ? "+" : change.after === null ? "−" : "~"}
        </span>
        <span>
          {change.summary}
          {widens && <Chip tone="wait">May allow more</Chip>}
        </span>
        <Icon name="next" size={13} />
      </summary>
      {findings.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="muted">
          {message}
        </p>
      ))}
      <Members of={memberChanges(change.noun, change.before, change.after)} />
    </details>
  );
}

/** What is said by each member: before and after, or once of what is new or ended. */
export function Members({ of }: { readonly of: readonly MemberChange[] }) {
  const sides = (["before", "after"] as const).filter((side) => of.some((member) => member[side] !== null));
  return (
    <table className="before-after">
      <thead>
        <tr>
          <th scope="col">What</th>
          {sides.map((side) => (
            <th key={side} scope="col">
              {sides.length === 2
                ? side === "before"
                  ? "Before"
                  : "After"
                : side === "before"
                  ? "As it was"
                  : "As it is then"}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.map((member) => (
          <tr key={member.name}>
            <th scope="row">{member.label}</th>
            {sides.map((side) => (
              <td key={side}>{member.isCode ? <code>{member[side]}</code> : member[side]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
