import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../../ui/buttons.tsx";
import { Section } from "../../../ui/panel.tsx";
import { useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Period } from "../change/Period.tsx";
import { Assign, type Holding, TakeAway } from "../roles/Assign.tsx";
import type { FullClient } from "./clients.graphql.ts";

/** The roles that a client holds when it acts as itself, without a person. */
export function ClientRoles({ client }: { readonly client: FullClient }) {
  const mayChange = useMayChange();
  const [step, setStep] = useState<"assign" | Holding | null>(null);
  const form = { onClose: () => setStep(null) };
  return (
    <Section
      title="Roles of its own"
      more={mayChange && step === null && <Button onPress={() => setStep("assign")}>Give a role</Button>}
    >
      {step === "assign" && <Assign {...form} clientId={client.id} />}
      {step !== null && step !== "assign" && <TakeAway {...form} of={step} />}
      {client.assignments.length === 0 ? (
        <p className="muted">None: it acts for people, by their roles.</p>
      ) : (
        <ul className="policy-lines">
          {client.assignments.map(({ role, organization, validFrom, validUntil }) => (
            <li key={`${role} ${organization}`} className="row">
              <span>
                <Link to="/roles" search={{ role }}>
                  {role}
                </Link>{" "}
                {organization === "*" ? "in all organizations" : `in ${organization}`}{" "}
                <Period from={validFrom} until={validUntil} />
              </span>
              {mayChange && (
                <Button
                  look="quiet"
                  aria-label={`Take away ${role}`}
                  onPress={() => setStep({ role, organization, clientId: client.id })}
                >
                  Take away
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
