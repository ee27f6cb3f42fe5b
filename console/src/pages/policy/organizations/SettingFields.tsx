import type { AlertResponse } from "../../../generated/schema.ts";
import { Button } from "../../../ui/buttons.tsx";
import { SelectField, TextField } from "../../../ui/fields.tsx";
import { RESPONSE_WORDS, SETTINGS, SILENCE_WORDS } from "../../../ui/settingWords.ts";
import type { Draft } from "./settingsDraft.ts";

const NOT_SET = { id: "", name: "Not set here" };
const YES_NO = [NOT_SET, { id: "yes", name: "Yes" }, { id: "no", name: "No" }];
const PROTECTION = [
  NOT_SET,
  { id: "ENFORCED", name: "Withhold it where labels do not show it" },
  { id: "TRUSTED", name: "Trust the labels" },
];
const SEVERITIES = [
  { id: "", name: "People alone do it" },
  { id: "LOW", name: "From low on" },
  { id: "MEDIUM", name: "From medium on" },
  { id: "HIGH", name: "High alone" },
];

interface Props {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

/** The fields of every setting. */
export function SettingFields({ draft, onChange }: Props) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const flag = (
    name: "purposeRequired" | "patientScopesReachShared" | "part2Program" | "emergencyOverridesRefusal" | "legalHold",
  ) => (
    <SelectField
      label={SETTINGS[name].label}
      name={name}
      value={draft[name]}
      onChange={(value) => set({ [name]: value })}
      options={YES_NO}
    />
  );
  const number = (
    name:
      | "accessRequestMaxMinutes"
      | "retentionYears"
      | "expireMinutes"
      | "agreedDays"
      | "refusedDays"
      | "maxMinutes"
      | "reviewWithinHours",
    label: string,
  ) => (
    <TextField
      label={label}
      name={name}
      type="number"
      value={draft[name]}
      onChange={(value) => set({ [name]: value })}
    />
  );
  return (
    <>
      <SilenceFields draft={draft} onChange={onChange} />
      <SelectField
        label={SETTINGS.specialProtection.label}
        name="specialProtection"
        value={draft.specialProtection}
        onChange={(specialProtection) => set({ specialProtection })}
        options={PROTECTION}
      />
      <div className="policy-two">
        {flag("purposeRequired")}
        {flag("patientScopesReachShared")}
        {flag("part2Program")}
        {number("accessRequestMaxMinutes", "Access may be requested for, in minutes")}
        {number("retentionYears", "What identifies people is kept, in years")}
        {flag("legalHold")}
        {flag("emergencyOverridesRefusal")}
      </div>
      <fieldset className="policy-atoms">
        <legend>Emergency access</legend>
        <div className="policy-two">
          <TextField
            label="Roles that may open it"
            name="breakGlass.roles"
            value={draft.roles}
            onChange={(roles) => set({ roles })}
          />
          {number("maxMinutes", "Minutes at a time")}
          {number("reviewWithinHours", "Hours until its review")}
        </div>
      </fieldset>
      <fieldset className="policy-atoms">
        <legend>Consent requests</legend>
        <div className="policy-two">
          {number("expireMinutes", "Minutes to answer")}
          {number("agreedDays", "Days that a yes holds")}
          {number("refusedDays", "Days that a no holds")}
        </div>
      </fieldset>
      <SelectField
        label="Restricting access because of an alert"
        name="alertResponses"
        value={draft.responds}
        onChange={(responds) => set({ responds })}
        options={[NOT_SET, { id: "yes", name: "As follows; what is left empty is not done" }]}
      />
      {draft.responds !== "" &&
        (["STEP_UP", "SUSPENSION"] as const).map((response) => (
          <ResponseFields key={response} response={response} draft={draft} onChange={onChange} />
        ))}
    </>
  );
}

function SilenceFields({ draft, onChange }: Props) {
  const rows = draft.silence;
  const put = (silence: Draft["silence"]) => onChange({ ...draft, silence });
  const change = (at: number, of: Partial<Draft["silence"][number]>) =>
    put(rows.map((row, i) => (i === at ? { ...row, ...of } : row)));
  return (
    <fieldset className="policy-atoms">
      <legend>{SETTINGS.consentOnSilence.label}</legend>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
        <div key={i} className="policy-two">
          <TextField
            label="For the purpose"
            value={row.purpose}
            onChange={(purpose) => change(i, { purpose })}
            placeholder="all others"
            isCode
          />
          <SelectField
            label="Silence means"
            name="consentOnSilence"
            value={row.silence}
            onChange={(silence) => change(i, { silence })}
            options={Object.entries(SILENCE_WORDS).map(([id, name]) => ({ id, name }))}
          />
          <Button look="quiet" onPress={() => put(rows.filter((_, j) => j !== i))}>
            Take it out
          </Button>
        </div>
      ))}
      <Button onPress={() => put([...rows, { purpose: "", silence: "" }])}>
        {rows.length === 0 ? "Set what silence means" : "For another purpose"}
      </Button>
    </fieldset>
  );
}

function ResponseFields({ response, draft, onChange }: Props & { readonly response: AlertResponse }) {
  const row = draft[response];
  const set = (change: Partial<typeof row>) => onChange({ ...draft, [response]: { ...row, ...change } });
  const words = RESPONSE_WORDS[response];
  return (
    <fieldset className="policy-atoms">
      <legend>{`${words.charAt(0).toUpperCase()}${words.slice(1)}`}</legend>
      <div className="policy-two">
        <TextField
          label="Minutes at most"
          name="alertResponses"
          type="number"
          value={row.most}
          onChange={(most) => set({ most })}
        />
        <SelectField
          label="By the service itself"
          value={row.from}
          onChange={(from) => set({ from })}
          options={response === "SUSPENSION" ? [SEVERITIES[0] ?? NOT_SET, SEVERITIES[3] ?? NOT_SET] : SEVERITIES}
        />
        {row.from !== "" && (
          <TextField
            label="Then for, in minutes"
            type="number"
            value={row.minutes}
            onChange={(minutes) => set({ minutes })}
          />
        )}
      </div>
    </fieldset>
  );
}
