import { Section } from "../panel.tsx";
import { ProposeButton } from "../policyChange/ProposeButton.tsx";
import { useMayChange } from "../propose/ChangeForm.tsx";
import { count, isPseudonym } from "../words.ts";
import { hasWayOn, WayOn } from "./waysOn.tsx";
import type { WhyDecision, WhyReason } from "./why.graphql.ts";

type Sufficient = WhyDecision["sufficientAccess"][number];

interface EnoughProps {
  readonly clientId: string;
  readonly subject: { readonly id: string; readonly type: string | null } | null;
  readonly sufficientScopes: readonly string[];
  readonly sufficientAccess: readonly Sufficient[];
  /** What of that can be requested for a while. */
  readonly requestableAccess?: WhyDecision["requestableAccess"];
  /** Why it was denied, the decisive reason first. */
  readonly reasons: readonly Pick<WhyReason, "code" | "scope" | "ruleId">[];
  /** After what would be enough was given: the answer is then of another policy. */
  readonly onGiven?: () => void;
}

const isSame = (a: Sufficient, b: Sufficient): boolean =>
  a.role === b.role && a.organization === b.organization && a.clientId === b.clientId && a.scope === b.scope;

const minutesText = (minutes: number): string =>
  minutes % 60 === 0 ? count(minutes / 60, "hour") : count(minutes, "minute");

/** What would have made an ALLOW of a denial, before all else; and for whoever may change the policy the change, prepared. */
export function Enough(props: EnoughProps) {
  const { clientId, subject, sufficientScopes, sufficientAccess, requestableAccess = [], reasons, onGiven } = props;
  const mayChange = useMayChange();
  const decisive = reasons.find(({ code }) => hasWayOn(code));
  const holder =
    subject === null
      ? { clientId }
      : { subjectId: subject.id, ...(subject.type !== null && { subjectType: subject.type }) };
  const isEmpty = sufficientScopes.length + sufficientAccess.length === 0;
  return (
    <Section title={isEmpty ? "What would help" : "What would have been enough"}>
      {isEmpty && decisive !== undefined && <WayOn clientId={clientId} {...decisive} />}
      <ul className="why-list">
        {sufficientScopes.map((scope) => (
          <li key={scope}>
            A token that carries <code className="id">{scope}</code> as well: the client is granted it, and did not
            present it.
          </li>
        ))}
        {sufficientAccess.map((each) => {
          const { organization, role, scope } = each;
          const asked = requestableAccess.find((one) => isSame(one, each));
          const nobody = role !== null && subject !== null && isPseudonym(subject.id);
          return (
            <li key={`${role} ${organization} ${scope}`}>
              {role === null ? (
                <>
                  The scope <code className="id">{scope}</code>, granted to {clientId}.
                </>
              ) : (
                <>
                  The role <strong>{role}</strong> {organization === "*" ? "everywhere" : `in ${organization}`}, held by{" "}
                  <bdi>{subject?.id ?? clientId}</bdi>.
                </>
              )}
              {asked !== undefined && ` It can be requested for a while, for ${minutesText(asked.maxMinutes)} at most.`}
              {mayChange && !nobody && (
                <div>
                  <ProposeButton
                    {...(onGiven && { onDone: (how) => how === "applied" && onGiven() })}
                    label={role === null ? `Grant ${scope}` : `Give the role ${role}`}
                    operations={[
                      role === null
                        ? { grantScope: { clientId, scope: scope ?? "" } }
                        : { assignRole: { ...holder, role, organization: organization ?? "*" } },
                    ]}
                  />
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
