import { CheckField } from "../../ui/fields.tsx";
import { consentSentence, exceptionSentence } from "./consentSentence.ts";
import type { TryConsentResult } from "./consents.graphql.ts";

/** What a consent that is not recorded yet would end of what the patient said before, and what would stay. */
export type BesideConsents = Pick<TryConsentResult["recordConsent"], "ends" | "stays">;

const said = ({ exceptions, terms }: BesideConsents["stays"][number]): string =>
  [consentSentence(terms), ...exceptions.map((each) => exceptionSentence(each.terms))].join(" ");

/** Shows it, and lets the desk say that all is replaced. */
export function Beside({
  beside: { ends, stays },
  replacesAll,
  onReplacesAll,
}: {
  readonly beside: BesideConsents;
  readonly replacesAll: boolean;
  readonly onReplacesAll: (on: boolean) => void;
}) {
  return (
    <section className="patients-preview" aria-label="What was said before">
      <p>
        <strong>Nothing is recorded yet.</strong> Read what it does to what was said before, then record it.
      </p>
      {ends.length > 0 && (
        <>
          <p className="muted small">It ends</p>
          <ul>
            {ends.map((each) => (
              <li key={each.id}>
                {said(each)}{" "}
                {!each.isWhole && <span className="muted">Not all of it: what it refuses otherwise stays.</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {stays.length > 0 && (
        <>
          <p className="muted small">These refusals stay</p>
          <ul>
            {stays.map((each) => (
              <li key={each.id}>{said(each)}</li>
            ))}
          </ul>
        </>
      )}
      <CheckField
        label="The patient was asked: it replaces all that was said before of the same recipients and purposes"
        value={replacesAll}
        onChange={onReplacesAll}
      />
    </section>
  );
}
