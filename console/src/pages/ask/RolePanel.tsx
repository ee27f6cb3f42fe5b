import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { CHANGE_WORDS, Conditions } from "./accessWords.tsx";
import { everywhere } from "./matrix.ts";
import { PeopleOf } from "./PeopleOf.tsx";
import type { RoleGroup, Way } from "./whoSees.ts";

interface RolePanelProps {
  readonly group: RoleGroup;
  readonly title: string;
  readonly patient: string;
  readonly asOf: string | null;
  readonly type: string;
  readonly action: string;
  readonly onTry: (operation: PolicyOperation) => void;
  readonly onClose: () => void;
}

const list = (texts: readonly string[]): string => texts.map((text) => (text === "*" ? "anything" : text)).join(", ");

function WayView({
  way: { reach, rows, change },
  common,
  onTry,
}: {
  readonly way: Way;
  readonly common: readonly string[];
  readonly onTry: (operation: PolicyOperation) => void;
}) {
  const own = reach.conditions.map(({ text }) => text).filter((text) => !common.includes(text));
  const clients = [...new Set(rows.map(({ client, clientId }) => client?.name ?? clientId))];
  const purposes = [...new Set(rows.map(({ purposeOfUse }) => purposeOfUse ?? "any purpose"))];
  return (
    <section className="ask-same">
      <header>
        <b>
          {list(reach.actions)} {list(reach.resourceTypes).replace("anything", "every type")}
        </b>
        {change !== null && (
          <span className={`ask-change ${change}`}>
            {change === "NARROWER" ? "no longer" : change === "WIDER" ? "new" : CHANGE_WORDS[change]}
          </span>
        )}
      </header>
      <Facts
        of={{
          "By way of": clients.join(", "),
          For: purposes.join(", "),
          Scope: (
            <Link to="/scopes" search={{ id: reach.scope } as never}>
              <code>{reach.scope}</code>
            </Link>
          ),
          Rule: (
            <Link to="/roles" search={{ rule: reach.ruleId } as never}>
              <code>{reach.ruleId}</code>
            </Link>
          ),
        }}
      />
      {own.length > 0 && <Conditions texts={own} />}
      {change !== "NARROWER" && (
        <div>
          <Button onPress={() => onTry({ deleteRule: { id: reach.ruleId } })}>What if {reach.ruleId} went?</Button>
        </div>
      )}
    </section>
  );
}

/** One role: who holds it, and by which rules and scopes it reaches the patient's data. */
export function RolePanel({ group, title, patient, asOf, type, action, onTry, onClose }: RolePanelProps) {
  const [shown, setShown] = useState<string | null | undefined>(undefined);
  const { access, key, places, ways } = group;
  const common = everywhere(ways.map(({ reach }) => reach));
  return (
    <Panel
      label="Why"
      title={title}
      above={<OutcomeMark of={access} />}
      tone={access === "DENY" ? "DENY" : "ALLOW"}
      onClose={onClose}
    >
      {key !== "" && key !== "*" && (
        <Section title="Who they are">
          <div className="row">
            {places.map((place) => (
              <Button
                key={place.organization ?? "*"}
                aria-expanded={shown === place.organization}
                onPress={() => setShown(shown === place.organization ? undefined : place.organization)}
              >
                {place.holders} {place.organization === null ? "in all organizations" : `in ${place.organization}`}
              </Button>
            ))}
          </div>
          {places
            .filter(({ organization }) => organization === shown)
            .map((place) => (
              <PeopleOf
                key={place.organization}
                place={place}
                role={key}
                patient={patient}
                asOf={asOf}
                type={type}
                action={action}
              />
            ))}
          <p className="muted small">The role itself, or one that has its permissions too.</p>
        </Section>
      )}
      {common.length > 0 && (
        <Section title="Only under these conditions">
          <Conditions texts={common} />
        </Section>
      )}
      <Section title="By which rules">
        <div className="stack">
          {ways.map((way) => (
            <WayView key={way.key} way={way} common={common} onTry={onTry} />
          ))}
        </div>
      </Section>
    </Panel>
  );
}
