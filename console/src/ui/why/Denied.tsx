import { Link } from "@tanstack/react-router";
import { OutcomeShape } from "../marks.tsx";
import { Section } from "../panel.tsx";
import { count, words } from "../words.ts";
import { SCOPE_STAGES, type ScopeWay, STAGE_WORDS, type Ways } from "./stages.ts";
import type { WhyDecision, WhyReason } from "./why.graphql.ts";

/** So many scopes are told whole; more are folded. */
const SHOWN = 3;

const Reasons = ({ of }: { readonly of: readonly WhyReason[] }) => (
  <ul className="why-list">
    {of.map(({ code, message, ruleId }) => (
      <li key={message}>
        <strong>{words(code)}</strong>
        <p>{message}</p>
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

/** What would have made it an ALLOW, beyond what each reason says. */
function Remedies({ decision }: { readonly decision: WhyDecision }) {
  const { sufficientScopes, requestableAccess } = decision;
  if (sufficientScopes.length + requestableAccess.length === 0) return null;
  return (
    <Section title="What would have been enough">
      <ul className="why-list">
        {sufficientScopes.map((scope) => (
          <li key={scope}>
            A token that carries <code className="id">{scope}</code> as well: the client is granted it, and did not
            present it.
          </li>
        ))}
        {requestableAccess.map(({ role, organization, clientId, scope, maxMinutes }) => (
          <li key={`${role} ${organization} ${scope}`}>
            {role === null ? (
              <>
                The scope <code className="id">{scope}</code> for {clientId},
              </>
            ) : (
              <>
                The role <strong>{role}</strong> {organization === "*" ? "everywhere" : `in ${organization}`},
              </>
            )}{" "}
            for a while: it can be requested, for{" "}
            {maxMinutes % 60 === 0 ? count(maxMinutes / 60, "hour") : count(maxMinutes, "minute")} at most.
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What stood in the way, scope by scope, the nearest to an ALLOW first, and what would have changed it. */
export function Denied({ decision, ways }: { readonly decision: WhyDecision; readonly ways: Ways<WhyReason> }) {
  const { request, scopes } = ways;
  const more = decision.reasonCount - decision.reasons.length;
  const rest = scopes.slice(SHOWN);
  return (
    <>
      {request.length > 0 && (
        <Section title={scopes.length > 0 ? "In the way of any scope" : "What stood in the way"}>
          <Reasons of={request} />
        </Section>
      )}
      {scopes.length > 0 && (
        <Section
          title={scopes.length === 1 ? "How far its scope came" : "How far each scope came"}
          more={scopes.length > 1 && <span className="muted small">the nearest first</span>}
        >
          <ol>
            {scopes.slice(0, SHOWN).map((way) => (
              <Way key={way.scope} way={way} />
            ))}
          </ol>
          {rest.length > 0 && (
            <details>
              <summary>{count(rest.length, "more scope")} that came less far</summary>
              <ol>
                {rest.map((way) => (
                  <Way key={way.scope} way={way} />
                ))}
              </ol>
            </details>
          )}
          {more > 0 && (
            <p className="muted">
              {count(more, "more reason")} of the same kinds {more === 1 ? "is" : "are"} not kept.
            </p>
          )}
        </Section>
      )}
      <Remedies decision={decision} />
    </>
  );
}
