import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import type { PolicyOperation } from "../../../generated/schema.ts";
import { useMay } from "../../../session/useSession.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../../ui/feedback.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { count, FEW_MEANS, figure } from "../../../ui/words.ts";
import { Outcome } from "./proposals.graphql.ts";

interface GiveBack {
  readonly title: string;
  readonly change: { readonly operations: readonly PolicyOperation[] };
}

/** What came of an applied change, beside what was expected. It makes decisions again, so it is asked by a button. */
export function ProposalOutcome({ id }: { readonly id: string }) {
  const may = useMay();
  const [isAsked, setAsked] = useState(false);
  const [isGiving, setGiving] = useState(false);
  const asked = useAsk(Outcome, { id }, { when: isAsked });
  const found = asked.data?.proposalOutcome;
  const giveBack = (found?.giveBack ?? null) as GiveBack | null;
  if (!may("proposalOutcome")) return null;
  return (
    <Section title="What came of it">
      {!isAsked && (
        <div className="row">
          <Button k="o" onPress={() => setAsked(true)}>
            Look at the decisions since
          </Button>
        </div>
      )}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {isAsked && asked.isPending && <Loading rows={2} />}
      {found !== undefined && (
        <>
          <p>
            Since then {count(found.deniedSince, "decision")} {found.deniedSince === 1 ? "was" : "were"} denied that the
            policy before would have allowed
            {found.forecastDenied !== null && ` (${figure(found.forecastDenied)} were expected)`}, and{" "}
            {figure(found.allowedSince)} allowed that it would have denied
            {found.forecastAllowed !== null && ` (${figure(found.forecastAllowed)} were expected)`}.{" "}
            {found.few && FEW_MEANS}
          </p>
          {!found.complete && <Note>There were more decisions than were looked at; these are the newest.</Note>}
          {giveBack !== null && may("proposePolicy") && !isGiving && (
            <div className="row">
              <Button onPress={() => setGiving(true)}>Give back what is missed</Button>
            </div>
          )}
          {giveBack !== null && isGiving && (
            <ChangeForm
              operations={giveBack.change.operations}
              title={giveBack.title}
              submit="Give it back"
              onClose={() => setGiving(false)}
            />
          )}
        </>
      )}
    </Section>
  );
}
