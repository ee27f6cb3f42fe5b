import { useState } from "react";
import { useAsk } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Failed, Loading } from "../feedback.tsx";
import { WhomItHits as Asked } from "./impact.graphql.ts";
import { ReplayView } from "./ReplayView.tsx";

const DAYS = 30;
const DAY_MS = 86_400_000;

interface WhomItHitsProps {
  readonly operations: readonly PolicyOperation[];
  /** It is asked without a press: nobody types, so that it is asked once. */
  readonly isAsked: boolean;
  /** When that would be, where the change alone does not bring it about: "Once it is in force". */
  readonly when?: string;
}

/**
 * Whom a change would have hit, in the form that makes it: what was decided in 30 days is decided again. Each question is on record, so that
 * it is asked by a button, and a change that is typed on is asked about anew.
 */
export function WhomItHits({ operations, isAsked, when }: WhomItHitsProps) {
  const may = useMay();
  const change = JSON.stringify(operations);
  const [askedOf, setAskedOf] = useState(isAsked ? change : "");
  // By midnight, so that the same question is the same all day.
  const [from] = useState(() =>
    new Date(Math.floor(serviceNow().getTime() / DAY_MS) * DAY_MS - DAYS * DAY_MS).toISOString(),
  );
  const isWanted = askedOf === change || isAsked;
  const asked = useAsk(
    Asked,
    { input: { operations, samples: 0, filter: { from } } },
    { when: isWanted && may("replay") },
  );
  if (!may("replay") || operations.length === 0) return null;
  if (!isWanted)
    return (
      <div>
        <Button onPress={() => setAskedOf(change)}>Whom would it hit?</Button>
      </div>
    );
  return (
    <section className="stack" aria-label="Whom it would hit">
      <strong>{when === undefined ? "Whom it would have hit" : `${when}: whom it would have hit`}</strong>
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {asked.isPending && asked.error === null && (
        <>
          <p className="muted">Deciding again what was decided in {DAYS} days…</p>
          <Loading rows={3} />
        </>
      )}
      {asked.data !== undefined && <ReplayView replay={asked.data.replay} />}
    </section>
  );
}
