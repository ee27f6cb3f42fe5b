import { OutcomeShape } from "../../ui/marks.tsx";
import { count } from "../../ui/words.ts";
import { ACCESS_WORDS, CHANGE_WORDS } from "./accessWords.tsx";
import type { Matrix, MatrixRow, Square } from "./matrix.ts";

const typeWords = (type: string): string => (type === "*" ? "Every type" : type);

function SquareButton({
  square,
  isOpen,
  onOpen,
}: {
  readonly square: Square;
  readonly isOpen: boolean;
  readonly onOpen: (key: string) => void;
}) {
  const { access, action, before, change, key, resourceType, roles, scope } = square;
  const outcome = ACCESS_WORDS[access];
  const by = roles > 0 ? count(roles, "role") : "";
  const told = [outcome, by, change !== null && CHANGE_WORDS[change]].filter(Boolean).join(", ");
  return (
    <button
      type="button"
      className={`ask-square ${access} ${change === null ? "" : `changed ${change}`} ${isOpen ? "open" : ""}`}
      aria-expanded={isOpen}
      aria-label={`${action} ${typeWords(resourceType)} with ${scope}: ${told}`}
      onClick={() => onOpen(key)}
    >
      {change !== null && before !== access && (
        <>
          <OutcomeShape of={before} size={12} />
          <span aria-hidden="true">→</span>
        </>
      )}
      <OutcomeShape of={access} />
      <span className="ask-word">{change === null ? by || outcome : CHANGE_WORDS[change]}</span>
    </button>
  );
}

interface MatrixProps {
  readonly matrix: Matrix;
  readonly rows: readonly MatrixRow[];
  readonly by: "scope" | "type";
  readonly openKey: string;
  readonly onOpen: (key: string) => void;
}

/** Scopes and types by actions. On a phone it scrolls within its box, and the first column stays. */
export function AccessMatrix({ matrix, rows, by, openKey, onOpen }: MatrixProps) {
  const groupOf = ({ scope, resourceType }: MatrixRow) => (by === "type" ? typeWords(resourceType) : scope);
  const nameOf = ({ scope, resourceType }: MatrixRow) => (by === "type" ? scope : typeWords(resourceType));
  const groups = [...new Set(rows.map(groupOf))]
    .sort()
    .map((group) => [group, rows.filter((row) => groupOf(row) === group)] as const);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <div className="ask-scroll" tabIndex={0} role="region" aria-label="What can be reached">
      <table className="ask-matrix">
        <caption className="unseen">Scopes and types by action</caption>
        <thead>
          <tr>
            <th scope="col">{by === "type" ? "Type and scope" : "Scope and type"}</th>
            {matrix.actions.map((action) => (
              <th key={action} scope="col">
                {action === "*" ? "anything" : action}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map(([group, members]) => (
          <tbody key={group}>
            <tr className="ask-group">
              <th scope="rowgroup">{group}</th>
              <td colSpan={matrix.actions.length} />
            </tr>
            {members.map((row) => (
              <tr key={row.key}>
                <th scope="row">{by === "type" ? <code>{nameOf(row)}</code> : nameOf(row)}</th>
                {matrix.actions.map((action) => {
                  const square = row.squares.get(action);
                  return (
                    <td key={action}>
                      {square !== undefined && (
                        <SquareButton square={square} isOpen={square.key === openKey} onOpen={onOpen} />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
