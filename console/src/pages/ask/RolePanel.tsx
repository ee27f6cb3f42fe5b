import { Link } from "@tanstack/react-router";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { purposeName } from "../../ui/codeWords.ts";
import { OutcomeMark } from "../../ui/marks.tsx";
import { SubjectName } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { BlockedChip, type useBlocked } from "../../ui/people/blocked.tsx";
import { CHANGE_WORDS, Conditions } from "./accessWords.tsx";
import { everywhere } from "./matrix.ts";
import { type Person, peopleWords, type RoleGroup, type Way } from "./whoSees.ts";

interface RolePanelProps {
  readonly group: RoleGroup;
  readonly title: string;
  /** False: the people are still being looked for. */
  readonly isWhole: boolean;
  readonly blocked: ReturnType<typeof useBlocked>;
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
  const purposes = [
    ...new Set(rows.map(({ purposeOfUse }) => (purposeOfUse === null ? "any purpose" : purposeName(purposeOfUse)))),
  ];
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

const People = ({ people, blocked }: { readonly people: readonly Person[] } & Pick<RolePanelProps, "blocked">) => (
  <ul className="ask-people">
    {people.map(({ subjectId: id, subjectName: name, subjectType: type }) => (
      <li key={`${type} ${id}`}>
        <SubjectName subject={{ id, name, type }} /> <BlockedChip until={blocked({ id, type })} />
      </li>
    ))}
  </ul>
);

/** One role: whom its rules let reach the patient's data, and by which rules and scopes. */
export function RolePanel({ group, title, isWhole, blocked, onTry, onClose }: RolePanelProps) {
  const { access, key, people, ways } = group;
  const common = everywhere(ways.map(({ reach }) => reach));
  const sure = people.filter((person) => person.access === "ALLOW");
  const maybe = people.filter((person) => person.access !== "ALLOW");
  return (
    <Panel
      label="Why"
      title={title}
      above={<OutcomeMark of={access} />}
      tone={access === "DENY" ? "DENY" : "ALLOW"}
      onClose={onClose}
    >
      {key !== "" && (
        <Section title={`People: ${peopleWords(people)}${isWhole ? "" : " so far"}`}>
          {people.length === 0 && <p className="muted">Nobody is let in by these rules.</p>}
          <People people={sure} blocked={blocked} />
          {maybe.length > 0 && (
            <>
              <p className="muted small">Only if a request says what the conditions below ask for:</p>
              <People people={maybe} blocked={blocked} />
            </>
          )}
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
