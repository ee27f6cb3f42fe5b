import { Day, fromNow } from "../../../ui/when.tsx";
import type { ScopeInFullResult } from "./scopes.graphql.ts";

type Scope = NonNullable<ScopeInFullResult["scope"]>;

const STEPS = [
  ["DRAFT", "Draft"],
  ["ACTIVE", "Active"],
  ["DEPRECATED", "Deprecated"],
  ["RETIRED", "Retired"],
] as const;

/** The life of a scope as a line, where it is now, and when what happens or happened. */
export function ScopeLife({ scope }: { readonly scope: Scope }) {
  const now = STEPS.findIndex(([state]) => state === scope.state);
  const when = (state: string) => {
    if (state === "DEPRECATED" && scope.deprecatedAt !== null) return <Day at={scope.deprecatedAt} />;
    if (state === "RETIRED" && scope.retiredAt !== null) return <Day at={scope.retiredAt} />;
    if (state === "RETIRED" && scope.sunsetAt !== null)
      return (
        <>
          <Day at={scope.sunsetAt} />, {fromNow(scope.sunsetAt)}
        </>
      );
    return null;
  };
  return (
    <ol className="policy-life" aria-label="Life of the scope">
      {STEPS.map(([state, name], i) => (
        <li
          key={state}
          className={i < now ? "past" : i === now ? "now" : "next"}
          {...(i === now && { "aria-current": "step" as const })}
        >
          <span className="dot" aria-hidden="true" />
          <b>{name}</b>
          <span className="muted small">{when(state)}</span>
        </li>
      ))}
    </ol>
  );
}
