import { useAsk } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Failed } from "../feedback.tsx";
import { AccessList } from "./AccessList.tsx";
import { SimulateChange } from "./impact.graphql.ts";

interface WhatItTakesProps {
  readonly operations: readonly PolicyOperation[];
  /** When that would be, where the change alone does not bring it about: "Once it is in force". */
  readonly when?: string;
}

/** Who may do less by a change that lets nobody do more, in the form that makes it: as a proposal of it would say. It is asked by itself, as it names nobody. */
export function WhatItTakes({ operations, when }: WhatItTakesProps) {
  const may = useMay();
  const isAsked = may("simulate") && operations.length > 0;
  const asked = useAsk(SimulateChange, { input: { operations, requests: [] } }, { when: isAsked });
  if (!isAsked) return null;
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  const access = asked.data?.simulate.access;
  if (access === undefined) return <p className="muted">Comparing who may do what…</p>;
  if (access.cells.length === 0 && access.complete) return null;
  return (
    <section className="stack" aria-label="Who may do more or less">
      <strong>{when === undefined ? "Who may do more or less" : `${when}: who may do more or less`}</strong>
      <AccessList access={access} />
    </section>
  );
}
