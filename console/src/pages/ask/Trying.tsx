import { Link } from "@tanstack/react-router";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { changeWords } from "../../ui/policyChange/changeKinds.ts";
import { changeSearch } from "../../ui/policyChange/changeLink.ts";
import { ProposeButton } from "../../ui/policyChange/ProposeButton.tsx";
import { count } from "../../ui/words.ts";

interface TryingProps {
  readonly operations: readonly PolicyOperation[];
  /** What is shown, with how the change changes it. */
  readonly squares: readonly { readonly change: "WIDER" | "NARROWER" | "OTHER" | null }[];
  readonly isAsking: boolean;
  readonly onChange: (operations: readonly PolicyOperation[]) => void;
  /** What is counted. */
  readonly one?: string;
}

/** A change that is tried on what the page shows: what it does, and the ways on. */
export function Trying({ operations, squares, isAsking, onChange, one = "cell" }: TryingProps) {
  const of = (change: string) => squares.filter((square) => square.change === change).length;
  const told = [
    of("NARROWER") > 0 && `${count(of("NARROWER"), one)} narrower`,
    of("WIDER") > 0 && `${count(of("WIDER"), one)} wider`,
    of("OTHER") > 0 && `${count(of("OTHER"), one)} under other conditions`,
  ].filter(Boolean);
  return (
    <section className="card pad stack ask-trying" aria-label="What if">
      <ol className="change-list">
        {operations.map((operation, i) => (
          <li key={JSON.stringify(operation)}>
            <span>
              <b>What if:</b> {changeWords(operation)}
            </span>
            <Button
              look="quiet"
              aria-label={`Leave out: ${changeWords(operation)}`}
              onPress={() => onChange(operations.filter((_, j) => j !== i))}
            >
              Leave out
            </Button>
          </li>
        ))}
      </ol>
      <p role="status">
        {isAsking
          ? "Asking…"
          : told.length === 0
            ? "It changes nothing of what is shown here."
            : `${told.join(", ")}. Nothing has changed yet.`}
      </p>
      <div className="row">
        <Link to="/what-if" search={changeSearch(operations) as never} className="button">
          What it would have done to the past
        </Link>
        <ProposeButton operations={operations} />
      </div>
    </section>
  );
}
