import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { ActorName, Id } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { Day, When } from "../../ui/when.tsx";
import { words } from "../../ui/words.ts";
import { AskWhatItSays } from "./AskWhatItSays.tsx";
import { ConsentForm } from "./ConsentForm.tsx";
import { draftOf, saidInput } from "./consentDraft.ts";
import { consentSentence, exceptionSentence } from "./consentSentence.ts";
import { type ShownConsent, WithdrawConsent } from "./consents.graphql.ts";

const SOURCES = {
  PORTAL: "in a portal or an app",
  PAPER: "on paper",
  FHIR: "in a FHIR Consent",
  AUTHORIZATION_SERVER: "when an app asked",
} as const;

interface ConsentPanelProps {
  readonly consent: ShownConsent;
  readonly onClose: () => void;
}

/** One consent whole, with what may be done about it. */
export function ConsentPanel({ consent, onClose }: ConsentPanelProps) {
  const may = useMay();
  const withdraw = useAct(WithdrawConsent);
  const draft = draftOf(consent);
  const [isAnew, setAnew] = useState(false);
  const { at, by, exceptions, id, madeAt, reason, source, state, terms, version } = consent;
  if (isAnew && draft !== null)
    return (
      <Panel label="Consent" title="Say it anew" onClose={onClose}>
        <ConsentForm patient={consent.patient} anew={{ id, draft }} onDone={onClose} onCancel={() => setAnew(false)} />
      </Panel>
    );
  return (
    <Panel
      label="Consent"
      title={consentSentence(terms)}
      above={<StateChip state={state} />}
      tone={state === "ACTIVE" ? (terms.effect === "PERMIT" ? "ALLOW" : "DENY") : "plain"}
      onClose={onClose}
    >
      {exceptions.length > 0 && (
        <Section title="Exceptions">
          <ul>
            {exceptions.map((exception) => (
              <li key={JSON.stringify(exception)}>
                {exceptionSentence(exception.terms)}
                {exception.grantId !== null && (
                  <span className="muted small"> As long as {exception.grantId} permits it.</span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Facts
        of={{
          "In force": terms.validFrom !== null && (
            <>
              from <Day at={terms.validFrom} />
            </>
          ),
          Until: terms.validUntil === null ? "no end" : <When at={terms.validUntil} />,
          Said: (
            <>
              {SOURCES[source.kind]}
              {madeAt !== null && (
                <>
                  , <When at={madeAt} />
                </>
              )}
            </>
          ),
          Reference: source.reference,
          [state === "WITHDRAWN" ? "Withdrawn" : "Recorded"]: (
            <>
              <When at={at} /> by <ActorName actor={by} />
            </>
          ),
          Reason: reason,
          Version:
            version === 1
              ? "1, as first said"
              : `${version}: it was ${state === "WITHDRAWN" ? "withdrawn; who recorded it before, and why, the record has" : "said anew"}`,
          Id: <Id id={id} />,
        }}
      />
      {may("withdrawConsent") && state !== "WITHDRAWN" && (
        <ReasonStep
          key={id}
          id={id}
          act={withdraw}
          submit="Withdraw consent"
          look="danger"
          k="w"
          label="Why does the patient withdraw it?"
          hint="Nothing of it holds from then on, and what it replaced does not come back."
          beside={
            state === "ACTIVE" &&
            (draft === null ? (
              <p className="because">
                It says more than the form here has: its next version is recorded by a program (recordConsent).
              </p>
            ) : (
              <Button k="e" onPress={() => setAnew(true)}>
                Say it anew
              </Button>
            ))
          }
        />
      )}
      {state === "ACTIVE" && draft !== null && madeAt !== null && may("recordConsent") && (
        <AskWhatItSays
          input={{
            ...saidInput(draft),
            ...{ id, patient: consent.patient, source: { kind: source.kind }, reason: "Asked what it says" },
            ...{ effect: terms.effect, validFrom: terms.validFrom, validUntil: terms.validUntil, madeAt },
            ...(consent.replacesAll && { replacesAll: true }),
          }}
        />
      )}
      {state !== "ACTIVE" && <p className="because">{words(state)}: it no longer counts.</p>}
    </Panel>
  );
}
