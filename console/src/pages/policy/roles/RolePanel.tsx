import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { hide } from "../../../session/hidden.ts";
import { useMay } from "../../../session/useSession.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { OutcomeShape } from "../../../ui/marks.tsx";
import { ClientName, Id } from "../../../ui/names.tsx";
import { Section } from "../../../ui/panel.tsx";
import { BlockForm } from "../../../ui/people/BlockForm.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { count } from "../../../ui/words.ts";
import { History } from "../change/History.tsx";
import { Period } from "../change/Period.tsx";
import { Assign, TakeAway } from "./Assign.tsx";
import { RoleForm } from "./RoleForm.tsx";
import { RoleInFull, type RoleInFullResult } from "./roles.graphql.ts";
import { ruleWords } from "./ruleWords.ts";

type Role = NonNullable<RoleInFullResult["role"]>;
type Held = Role["assignments"][number];
type Step = "assign" | "edit" | "delete" | { readonly take: Held } | { readonly end: Held };

interface RolePanelProps {
  readonly name: string;
  readonly onRule: (id: string) => void;
  readonly onClose: () => void;
}

/** One role: what it lets people do, and who they are. */
export function RolePanel({ name, onRule, onClose }: RolePanelProps) {
  const asked = useAsk(RoleInFull, { name });
  const mayChange = useMayChange();
  const [step, setStep] = useState<Step | null>(null);
  const form = { onClose: () => setStep(null) };
  return (
    <AskedPanel
      asked={asked}
      pick={({ role }) => role}
      label={`Role ${name}`}
      above={() => <span className="muted">Role</span>}
      title={() => name}
      missing={{ title: "There is no such role", text: "The policy of now has none of this name." }}
      onClose={onClose}
    >
      {(role) => (
        <>
          {role.description !== null && <p>{role.description}</p>}
          {role.inherits.length > 0 && (
            <p>
              Has also what these have:{" "}
              {role.inherits.map((other, i) => (
                <span key={other}>
                  {i > 0 && ", "}
                  <Link to="/roles" search={{ role: other }}>
                    {other}
                  </Link>
                </span>
              ))}
            </p>
          )}
          {mayChange && step === null && (
            <div className="row">
              <Button look="primary" k="g" onPress={() => setStep("assign")}>
                Give it to somebody
              </Button>
              <Button onPress={() => setStep("edit")}>Change</Button>
              <Button look="danger" onPress={() => setStep("delete")}>
                Delete
              </Button>
            </div>
          )}
          {step === "assign" && <Assign {...form} role={name} />}
          {step === "edit" && <RoleForm {...form} of={role} />}
          {step === "delete" && (
            <ChangeForm
              {...form}
              title={`Delete the role ${name}`}
              submit="Delete the role"
              look="danger"
              operations={[{ deleteRole: { name } }]}
            />
          )}
          {step !== null && typeof step === "object" && "take" in step && (
            <TakeAway {...form} of={holdingOf(name, step.take)} />
          )}
          {step !== null && typeof step === "object" && "end" in step && step.end.subjectId !== null && (
            <BlockForm {...form} subject={{ id: step.end.subjectId, type: step.end.subjectType ?? "user" }} />
          )}
          <Holders role={role} mayChange={mayChange} onStep={setStep} />
          <Section title="Its rules">
            {role.rules.length === 0 ? (
              <p className="muted">None names it: it has only what the roles above have, and rules for anybody.</p>
            ) : (
              <ul className="policy-lines">
                {role.rules.map((rule) => (
                  <li key={rule.id} className="policy-mark">
                    <OutcomeShape of={rule.effect} />
                    <span>
                      <button type="button" className="policy-link" onClick={() => onRule(rule.id)}>
                        {rule.id}
                      </button>
                      <span className="kind">{ruleWords({ ...rule, role: name })}</span>
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Section>
          <History noun="ROLE" name={name} />
        </>
      )}
    </AskedPanel>
  );
}

const holdingOf = (role: string, { organization, subjectId, subjectType, clientId }: Held) => ({
  role,
  organization,
  ...(clientId !== null ? { clientId } : { subjectId, subjectType }),
});

function Holders({
  role,
  mayChange,
  onStep,
}: {
  readonly role: Role;
  readonly mayChange: boolean;
  readonly onStep: (step: Step) => void;
}) {
  const may = useMay();
  const held = role.assignments;
  return (
    <Section
      title="Who holds it"
      more={<span className="muted small">{held.length === 200 ? "the first 200" : count(held.length, "holder")}</span>}
    >
      {held.length === 0 && (
        <Note>Nobody holds it by itself; whoever holds a role that has what it has counts as well.</Note>
      )}
      <ul className="policy-lines">
        {held.map((one) => (
          <li key={`${one.clientId} ${one.subjectType} ${one.subjectId} ${one.organization}`} className="policy-held">
            <span>
              {one.clientId !== null ? (
                <ClientName client={one.client} id={one.clientId} />
              ) : (
                <Link
                  to="/person"
                  search={{ type: one.subjectType ?? "user", person: hide(one.subjectId ?? "") } as never}
                  className="name"
                >
                  <Id id={one.subjectId ?? ""} />
                </Link>
              )}{" "}
              <span className="muted">
                {one.organization === "*" ? "in all organizations" : `in ${one.organization}`}
              </span>{" "}
              <Period from={one.validFrom} until={one.validUntil} />
            </span>
            <span>
              {mayChange && (
                <Button
                  look="quiet"
                  aria-label={`Take away from ${one.subjectId ?? one.clientId}`}
                  onPress={() => onStep({ take: one })}
                >
                  Take away
                </Button>
              )}
              {may("endAccess") && one.subjectId !== null && (
                <Button look="quiet" aria-label={`Block ${one.subjectId}`} onPress={() => onStep({ end: one })}>
                  Block
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
