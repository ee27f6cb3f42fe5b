import { Link } from "@tanstack/react-router";
import { Reason } from "../codes.tsx";
import { reasonMeans } from "../codeWords.ts";
import { OutcomeShape } from "../marks.tsx";
import { Section } from "../panel.tsx";
import { count } from "../words.ts";
import { SCOPE_STAGES, type ScopeWay, STAGE_WORDS, type Ways } from "./stages.ts";
import type { WhyDecision, WhyReason } from "./why.graphql.ts";

/** So many scopes are told whole; more are folded. */
const SHOWN = 3;

const Reasons = ({ of }: { readonly of: readonly WhyReason[] }) => (
  <ul className="why-list">
    {of.map(({ code, message, ruleId }) => (
      <li key={message}>
        <strong>
          <Reason of={code} />
        </strong>
        <p>{message}</p>
        <details>
          <summary>What this reason means</summary>
          <p className="muted">{reasonMeans(code)}</p>
        </details>
        {ruleId !== null && (
          <Link to="/roles" search={{ rule: ruleId }}>
            The rule {ruleId}
          </Link>
        )}
      </li>
    ))}
  </ul>
);

/** How far a scope came: what it passed, where it stopped, what was not looked at any more. */
function Way({ way }: { readonly way: ScopeWay<WhyReason> }) {
  const stopped = SCOPE_STAGES.indexOf(way.stoppedAt);
  return (
    <li className="why-scope">
      <code className="id">{way.scope}</code>
      <ol className="why-way">
        {SCOPE_STAGES.map((stage, i) => {
          const state = i < stopped ? "passed" : i === stopped ? "stopped here" : "not looked at";
          return (
            <li key={stage} className={i > stopped ? "muted" : ""}>
              {i <= stopped && <OutcomeShape of={i < stopped ? "ALLOW" : "DENY"} size={13} />}
              {i > stopped && <span aria-hidden="true">·</span>}
              {STAGE_WORDS[stage]}
              <span className="unseen">: {state}</span>
            </li>
          );
        })}
      </ol>
      <Reasons of={way.reasons} />
    </li>
  );
}

function Folded({ summary, ways }: { readonly summary: string; readonly ways: readonly ScopeWay<WhyReason>[] }) {
  if (ways.length === 0) return null;
  return (
    <details>
      <summary>{summary}</summary>
      <ol>
        {ways.map((way) => (
          <Way key={way.scope} way={way} />
        ))}
      </ol>
    </details>
  );
}

/** What stood in the way, scope by scope, the nearest first. Scopes for something else are folded. */
export function Denied({ decision, ways }: { readonly decision: WhyDecision; readonly ways: Ways<WhyReason> }) {
  const { request, scopes } = ways;
  const more = decision.reasonCount - decision.reasons.length;
  const near = scopes.filter(({ isElsewhere }) => !isElsewhere);
  const elsewhere = scopes.filter(({ isElsewhere }) => isElsewhere);
  const rest = near.slice(SHOWN);
  return (
    <>
      {request.length > 0 && (
        <Section title={scopes.length > 0 ? "In the way of any scope" : "What stood in the way"}>
          <Reasons of={request} />
        </Section>
      )}
      {scopes.length > 0 && (
        <Section
          title={near.length === 1 ? "How far its scope came" : "How far each scope came"}
          more={near.length > 1 && <span className="muted small">the nearest first</span>}
        >
          <ol>
            {near.slice(0, SHOWN).map((way) => (
              <Way key={way.scope} way={way} />
            ))}
          </ol>
          <Folded ways={rest} summary={`${count(rest.length, "more scope")} that came less far`} />
          <Folded ways={elsewhere} summary={`${count(elsewhere.length, "scope")} that could not have helped`} />
          {more > 0 && (
            <p className="muted">
              {count(more, "more reason")} of the same kinds {more === 1 ? "is" : "are"} not kept.
            </p>
          )}
        </Section>
      )}
    </>
  );
}
