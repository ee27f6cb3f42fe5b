import { Chip } from "../marks.tsx";
import { Section } from "../panel.tsx";
import { Day } from "../when.tsx";
import { words } from "../words.ts";
import type { WhyDecision } from "./why.graphql.ts";

/** What became of each scope that was asked for a token. */
export function Tokens({ decision }: { readonly decision: WhyDecision }) {
  const { newScopes, scopeGrants } = decision;
  return (
    <Section title="What became of each scope">
      <ul className="why-list">
        {scopeGrants?.map(({ requested, outcome, scopes, validUntil, reasons }) => (
          <li key={requested}>
            <div className="row">
              <code className="id">{requested}</code>
              <Chip
                tone={outcome === "GRANTED" ? "good" : outcome === "DENIED" || outcome === "UNKNOWN" ? "bad" : "wait"}
              >
                {words(outcome)}
              </Chip>
              {newScopes?.some((scope) => scopes.includes(scope)) && <Chip>New</Chip>}
            </div>
            {outcome === "NARROWED" && (
              <p>
                to <code className="id">{scopes.join(" ")}</code>
              </p>
            )}
            {reasons.map(({ message }) => (
              <p key={message}>{message}</p>
            ))}
            {validUntil !== null && (
              <p className="muted">
                What it rests on ends on <Day at={validUntil} />.
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
