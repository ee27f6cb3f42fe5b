import { Link } from "@tanstack/react-router";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { Panel, Section } from "../../ui/panel.tsx";
import { ChangeMark, Conditions } from "./accessWords.tsx";
import { changeOfCell, type SameCells, type Square, sameCells } from "./matrix.ts";

interface CellPanelProps {
  readonly square: Square;
  readonly clientId: string;
  /** Conditions that hold of all that is shown: they are not said again. */
  readonly common: readonly string[];
  /** Roles that the person holds, with where. */
  readonly held: readonly {
    readonly role: string;
    readonly organization: string;
    readonly operation: PolicyOperation;
  }[];
  /** Tries a change in the matrix. */
  readonly onTry: (operation: PolicyOperation) => void;
  readonly onClose: () => void;
}

const RULE_OF = /\b(rule) ([\w.-]+)/;

/** A reason with its rule as a link. */
function Why({ message: said, ruleId }: { readonly message: string; readonly ruleId: string | null }) {
  const message = said.replace(/^r(?=oles? )/, "R");
  const [before = message, after] =
    ruleId === null ? [message] : message.split(RULE_OF.exec(message)?.[2] === ruleId ? ruleId : "\u0000");
  return (
    <p>
      {before}
      {after !== undefined && ruleId !== null && (
        <>
          <Link to="/roles" search={{ rule: ruleId } as never}>
            {ruleId}
          </Link>
          {after}
        </>
      )}
    </p>
  );
}

function Same({
  same: { cell, roles },
  common,
  onTry,
}: {
  readonly same: SameCells;
  readonly common: readonly string[];
  readonly onTry: (operation: PolicyOperation) => void;
}) {
  const own = cell.conditions.map(({ text }) => text).filter((text) => !common.includes(text));
  const rules = [
    ...new Set(
      cell.reasons.flatMap(({ ruleId, code }) => (ruleId !== null && code === "ALLOWED_BY_RULE" ? [ruleId] : [])),
    ),
  ];
  const change = changeOfCell(cell);
  return (
    <section className="ask-same">
      <header>
        {change === null || cell.before === null ? (
          <OutcomeMark of={cell.access} />
        ) : (
          <ChangeMark before={cell.before.access} after={cell.access} change={change} />
        )}
        <span>
          {roles.map((role) => (
            <code key={role} className="ask-role">
              {role}
            </code>
          ))}
        </span>
      </header>
      {own.length > 0 && <Conditions texts={own} />}
      {cell.reasons.slice(0, 4).map(({ message, ruleId }) => (
        <Why key={message} message={message} ruleId={ruleId} />
      ))}
      {rules.map((id) => (
        <div key={id}>
          <Button onPress={() => onTry({ deleteRule: { id } })}>What if {id} went?</Button>
        </div>
      ))}
    </section>
  );
}

/** Why one square of the matrix is as it is, and what could be taken away to change it. */
export function CellPanel({ square, clientId, common, held, onTry, onClose }: CellPanelProps) {
  const { access, action, cells, resourceType, scope } = square;
  const reached = cells.some(({ access: each }) => each !== "DENY");
  const groups = sameCells(cells);
  return (
    <Panel
      label="Why"
      above={<OutcomeMark of={access} />}
      tone={access === "DENY" ? "DENY" : "ALLOW"}
      title={`${action === "*" ? "Anything" : action} ${resourceType === "*" ? "on every type" : resourceType}`}
      onClose={onClose}
    >
      <p>
        With{" "}
        <Link to="/scopes" search={{ id: scope } as never}>
          <code>{scope}</code>
        </Link>
        {access === "CONDITIONAL" && ", if what is said here holds."}
        {access === "DENY" &&
          (square.roles === 0 && cells[0]?.role === null ? ". The nearest that comes to it:" : ", to nobody.")}
      </p>
      {groups.map((same) => (
        <Same key={same.key} same={same} common={common} onTry={onTry} />
      ))}
      {reached && common.length > 0 && (
        <Section title="And, as everywhere here">
          <Conditions texts={common} />
        </Section>
      )}
      {reached && (
        <Section title="What if it were taken away?">
          <div className="row">
            <Button onPress={() => onTry({ revokeScope: { clientId, scope } })}>The scope from this client</Button>
            {held.map(({ role, organization, operation }) => (
              <Button key={`${role} ${organization}`} onPress={() => onTry(operation)}>
                The role {role} {organization === "*" ? "everywhere" : `in ${organization}`}
              </Button>
            ))}
          </div>
        </Section>
      )}
    </Panel>
  );
}
