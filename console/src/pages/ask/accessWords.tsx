import type { Access } from "../../generated/schema.ts";
import { OutcomeShape } from "../../ui/marks.tsx";
import type { Change } from "./matrix.ts";

export const ACCESS_WORDS: Readonly<Record<Access, string>> = { ALLOW: "Allowed", CONDITIONAL: "If", DENY: "Denied" };
export const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  WIDER: "wider",
  NARROWER: "narrower",
  OTHER: "otherwise",
};

/** "not if the resource is labelled V" as a sentence of its own. */
const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What must hold, in words. */
export const Conditions = ({ texts }: { readonly texts: readonly string[] }) => (
  <ul className="ask-conditions">
    {texts.map((text) => (
      <li key={text}>{asSentence(text)}</li>
    ))}
  </ul>
);

/** How something was answered, and how it would be. */
export const ChangeMark = ({
  before,
  after,
  change,
}: {
  readonly before: Access;
  readonly after: Access;
  readonly change: Change;
}) => (
  <span className={`ask-change ${change}`}>
    <OutcomeShape of={before} size={13} />
    <span aria-hidden="true">→</span>
    <OutcomeShape of={after} size={13} />
    {CHANGE_WORDS[change]}
  </span>
);

const NOON = "T12:00";
/** Of a day as a field has it, its noon; empty: now. */
export const noonOf = (day: string): string | null =>
  day === "" || Number.isNaN(Date.parse(day + NOON)) ? null : new Date(day + NOON).toISOString();
