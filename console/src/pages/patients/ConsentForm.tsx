import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { ConsentSourceKind } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { PURPOSE_OPTIONS } from "../../ui/codeWords.ts";
import { dayFrom, dayUntil } from "../../ui/days.ts";
import {
  CheckField,
  ChoiceField,
  DateField,
  PickerField,
  ReasonField,
  SelectField,
  TextField,
} from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Id } from "../../ui/names.tsx";
import { PersonField } from "../../ui/people/PersonField.tsx";
import { Day } from "../../ui/when.tsx";
import { AskWhatItSays } from "./AskWhatItSays.tsx";
import { Beside, type BesideConsents } from "./Beside.tsx";
import {
  type ConsentDraft,
  DATA,
  EMPTY_DRAFT,
  KEPT_BACK,
  namesOf,
  saidBut,
  saidDraft,
  saidInput,
  WHO,
} from "./consentDraft.ts";
import { consentSentence, exceptionSentence, reachHint } from "./consentSentence.ts";
import { RecordConsent, TryConsent } from "./consents.graphql.ts";
import { clientOptions, noOptions, organizationOptions, roleOptions } from "./deskOptions.ts";
import { ScopesField } from "./ScopesField.tsx";
import { TypesField } from "./TypesField.tsx";

const PURPOSES = [
  { id: "", name: "Any purpose", hint: "but legal proceedings and breaking the glass, which must be named" },
  ...PURPOSE_OPTIONS,
];
const optionsOf = (of: Readonly<Record<string, { readonly name: string }>>) =>
  Object.entries(of).map(([id, { name }]) => ({ id, name }));
const HINTS = {
  TYPES: "Types of FHIR, such as Observation, with a comma between.",
  LABELS: "Codes such as PSYTHPN or R, with a comma between.",
} as const;
const dataHint = (effect: string, data: keyof typeof HINTS): string =>
  effect === "DENY" && data === "LABELS"
    ? `${HINTS[data]} One of substance use (ETH, SUD, ETHUD, OPIOIDUD, 42CFRPart2) stands for all of them.`
    : HINTS[data];

interface ConsentFormProps {
  readonly patient: string;
  readonly onDone: () => void;
  readonly onCancel: () => void;
  /** Of a consent that is said anew. */
  readonly anew?: { readonly id: string; readonly draft: ConsentDraft };
}

/** Records what a patient said, and shows beforehand what it will mean. */
export function ConsentForm({ patient, onDone, onCancel, anew }: ConsentFormProps) {
  const [draft, setDraft] = useState(anew?.draft ?? EMPTY_DRAFT);
  const [source, setSource] = useState<ConsentSourceKind>("PAPER");
  const [{ source: reference, reason }, field] = useFields({ source: "", reason: "" });
  const may = useMay();
  const record = useAct(RecordConsent, onDone);
  const attempt = useAct(TryConsent);
  const [beside, setBeside] = useState<BesideConsents | null>(null);
  const [replacesAll, setReplacesAll] = useState(false);
  const set = (change: Partial<ConsentDraft>) => {
    setDraft({ ...draft, ...change });
    // It would end something else.
    setBeside(null);
    setReplacesAll(false);
  };
  const { but, data, effect, from, until, who } = draft;
  const searches = {
    CLIENT: clientOptions,
    // A desk alone does not read the policy: it types them.
    ORGANIZATION: may("organizations") ? organizationOptions : noOptions,
    ROLE: may("roles") ? roleOptions : noOptions,
  };
  const whom = {
    label: who === "ANYONE" ? "" : WHO[who].label,
    name: who === "ANYONE" ? "" : WHO[who].member,
    isRequired: true,
    value: draft.whoId,
    onChange: (whoId: string) => set({ whoId }),
  };
  const inputOf = (all: boolean) => ({
    ...saidInput(draft),
    patient,
    effect: effect as "PERMIT" | "DENY",
    validFrom: dayFrom(from),
    validUntil: dayUntil(until),
    source: { kind: source, ...(reference.trim() !== "" && { reference: reference.trim() }) },
    reason,
    ...(all && { replacesAll: true }),
    ...(anew !== undefined && { id: anew.id }),
  });
  /** Shows first what it ends and what stays, where there is something of both. */
  const look = async (all: boolean): Promise<void> => {
    setReplacesAll(all);
    const answer = await attempt.run({ input: inputOf(all) });
    if (answer === null) return;
    const { ends, stays } = answer.recordConsent;
    if (beside === null && ends.length + stays.length === 0) await record.run({ input: inputOf(all) });
    else setBeside({ ends, stays });
  };
  const send = () => void (beside === null ? look(replacesAll) : record.run({ input: inputOf(replacesAll) }));
  const kept = saidBut(draft);
  return (
    <div className="stack">
      <Form
        submit={beside !== null ? "Record it so" : anew === undefined ? "Record consent" : "Record the next version"}
        label="Record consent"
        onSubmit={send}
        isRunning={record.isRunning || attempt.isRunning}
        error={record.error ?? attempt.error}
        onCancel={onCancel}
      >
        <p className="muted">
          Of <Id id={patient} />. Write down each limit that the patient set: what is left out is not limited.
          {anew !== undefined && " It takes the place of what was said before: say its period anew, too."}
        </p>
        <ChoiceField
          label="What does the patient say?"
          name="effect"
          isRequired
          value={effect}
          onChange={(next) => set({ effect: next })}
          options={[
            { id: "PERMIT", name: "Agrees" },
            { id: "DENY", name: "Refuses" },
          ]}
        />
        <div className="patients-pair">
          <SelectField
            label="Who is meant?"
            value={who}
            onChange={(next) => set({ who: next as ConsentDraft["who"], whoId: "" })}
            options={optionsOf(WHO)}
          />
          {who === "PERSON" && <PersonField {...whom} />}
          {who !== "ANYONE" && who !== "PERSON" && (
            <PickerField key={who} {...whom} search={searches[who]} placeholder="By name or id" />
          )}
        </div>
        <div className="patients-pair">
          <SelectField
            label="Which data?"
            value={data}
            onChange={(next) => set({ data: next as ConsentDraft["data"], dataNames: "" })}
            options={optionsOf(DATA)}
          />
          {data === "SCOPES" && (
            <ScopesField scopes={namesOf(draft.dataNames)} onScopes={(all) => set({ dataNames: all.join(", ") })} />
          )}
          {data === "TYPES" && (
            <TypesField
              label={DATA[data].label}
              name={DATA[data].member}
              hint={dataHint(effect, data)}
              value={draft.dataNames}
              onChange={(dataNames) => set({ dataNames })}
            />
          )}
          {data === "LABELS" && (
            <TextField
              label={DATA[data].label}
              name={DATA[data].member ?? ""}
              isCode
              isRequired
              hint={dataHint(effect, data)}
              value={draft.dataNames}
              onChange={(dataNames) => set({ dataNames })}
            />
          )}
        </div>
        <SelectField
          label="For what?"
          name="purposes"
          value={draft.purpose}
          onChange={(purpose) => set({ purpose })}
          options={PURPOSES}
          hint={reachHint(effect, draft.purpose)}
        />
        {effect === "PERMIT" && data !== "LABELS" && (
          <fieldset className="patients-kept">
            <legend>Kept back all the same</legend>
            {Object.entries(KEPT_BACK).map(([label, name]) => (
              <CheckField
                key={label}
                label={name}
                value={but.includes(label)}
                onChange={(on) => set({ but: on ? [...but, label] : but.filter((each) => each !== label) })}
              />
            ))}
          </fieldset>
        )}
        <div className="patients-pair">
          <DateField
            label="From"
            name="validFrom"
            value={from}
            onChange={(next) => set({ from: next })}
            hint="Empty: from now."
          />
          <DateField
            label="To, that day too"
            name="validUntil"
            value={until}
            onChange={(next) => set({ until: next })}
            hint="Empty: with no end."
          />
        </div>
        <div className="patients-pair">
          <SelectField
            label="Where was it said?"
            value={source}
            onChange={(next) => setSource(next as ConsentSourceKind)}
            options={[
              { id: "PAPER", name: "On paper" },
              { id: "PORTAL", name: "In a portal or an app" },
            ]}
          />
          <TextField label="Found there as" {...field("source")} placeholder="Form 7 of 12 May" />
        </div>
        <ReasonField {...field("reason")} label="Why is it recorded?" />
        {effect !== "" && (
          <div className="patients-preview" role="status">
            <p className="muted small">What it will mean</p>
            <p>
              <strong>{consentSentence(saidDraft(draft))}</strong> {kept !== null && exceptionSentence(kept)}
            </p>
            <p className="muted">
              {from === "" ? (
                "From now"
              ) : (
                <>
                  From <Day at={dayFrom(from)} />
                </>
              )}
              {until === "" ? (
                ", with no end."
              ) : (
                <>
                  , to the end of <Day at={dayFrom(until)} />.
                </>
              )}
              {from !== "" && until !== "" && from > until && (
                <strong> It would never hold: it begins after its end.</strong>
              )}
              {effect === "PERMIT" &&
                who !== "ANYONE" &&
                " Others are then denied for these purposes, also where silence would have let them in."}
            </p>
          </div>
        )}
        {beside !== null && <Beside beside={beside} replacesAll={replacesAll} onReplacesAll={(on) => void look(on)} />}
      </Form>
      {effect !== "" && (
        <AskWhatItSays
          input={{ ...inputOf(replacesAll), reason: reason.trim() === "" ? "Asked what it would say" : reason }}
        />
      )}
    </div>
  );
}
