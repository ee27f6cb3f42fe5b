import { Codes, Label } from "../codes.tsx";
import { OBLIGATION_MEANS } from "../obligationWords.ts";
import { Section } from "../panel.tsx";
import { spaced } from "../words.ts";
import "./why.css";

interface Obligation {
  readonly type: string;
  readonly parameters: unknown;
}

/** The labels that parameters name, however deep. */
function labelsIn(parameters: unknown): readonly string[] {
  if (typeof parameters !== "object" || parameters === null) return [];
  const found = Object.entries(parameters).flatMap(([name, value]) =>
    name === "labels" && Array.isArray(value) ? value.map(String) : labelsIn(value),
  );
  return [...new Set(found)];
}

interface ObligationsProps {
  readonly of: readonly Obligation[];
  readonly title?: string;
}

/** What the caller has to do, or else treat the answer as a denial. */
export function Obligations({ of, title = "What the caller must do with it" }: ObligationsProps) {
  if (of.length === 0) return null;
  return (
    <Section title={title}>
      <ul className="why-list">
        {of.map(({ type, parameters }) => {
          const labels = labelsIn(parameters);
          return (
            <li key={`${type} ${JSON.stringify(parameters)}`}>
              <strong>{spaced(type)}</strong>
              {OBLIGATION_MEANS[type] !== undefined && `: ${OBLIGATION_MEANS[type]}.`}
              {labels.length > 0 && <Codes as={Label} of={labels} />}
              {parameters !== null && (
                <details>
                  <summary>As the application gets it</summary>
                  <code className="why-code">{JSON.stringify(parameters)}</code>
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
