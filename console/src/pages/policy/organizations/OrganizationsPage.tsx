import { useState } from "react";
import { usePages } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Empty } from "../../../ui/feedback.tsx";
import { useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { Facts, Panel, Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { count } from "../../../ui/words.ts";
import { History } from "../change/History.tsx";
import "../policy.css";
import { SETTING_NAMES, SETTINGS } from "../../../ui/settingWords.ts";
import { OrganizationForm } from "./OrganizationForm.tsx";
import { Organizations } from "./organizations.graphql.ts";
import type { Organization } from "./settingsDraft.ts";

const nameOf = ({ id, name }: Organization): string => name ?? (id === "*" ? "All organizations" : id);
const ownOf = ({ settings }: Organization) => SETTING_NAMES.filter((name) => settings[name] !== null);

/** What each organization has set for its own data. */
export default function OrganizationsPage() {
  const link = useLink({ id: "", new: "" });
  const { id } = link.values;
  const mayChange = useMayChange();
  const pages = usePages(Organizations, {}, (answer) => answer.organizations);
  const open = pages.rows.find((row) => row.id === id);
  const close = () => link.set({ id: "" });
  return (
    <ListPage
      title="Organizations"
      purpose="What each organization sets for its own data: consent, purposes, emergencies, retention. What it does not set, it has as all have it."
      begin={mayChange && { label: "Set an organization", form: (close) => <OrganizationForm onClose={close} /> }}
      listClass="policy-list"
      pages={pages}
      idOf={(row) => row.id}
      empty={
        <Empty title="No organization sets anything">
          The strictest of each setting holds everywhere. An organization is known by what requests say; it needs no
          entry here.
        </Empty>
      }
      columns={[
        {
          name: "Organization",
          isMain: true,
          cell: (row) => (
            <>
              <bdi>{nameOf(row)}</bdi>
              <span className="kind">{row.id === "*" ? "what holds where nothing else is set" : row.id}</span>
            </>
          ),
        },
        {
          name: "Sets",
          isSpare: true,
          cell: (row) =>
            ownOf(row).map((name) => (
              <div key={name}>{`${SETTINGS[name].label}: ${SETTINGS[name].say(row.settings)}`}</div>
            )),
        },
      ]}
      panel={
        open !== undefined ? (
          <OrganizationPanel key={id} of={open} all={pages.rows.find((row) => row.id === "*")} onClose={close} />
        ) : (
          id !== "" &&
          !pages.isPending && (
            <Panel label="Organization" title={id} onClose={close}>
              <Empty title="It sets nothing itself">What all organizations have holds there.</Empty>
              {mayChange && <OrganizationForm id={id} onClose={close} />}
            </Panel>
          )
        )
      }
      link={link}
    />
  );
}

function OrganizationPanel({
  of,
  all,
  onClose,
}: {
  readonly of: Organization;
  readonly all: Organization | undefined;
  readonly onClose: () => void;
}) {
  const mayChange = useMayChange();
  const [step, setStep] = useState<"edit" | "delete" | null>(null);
  const form = { onClose: () => setStep(null) };
  const own = ownOf(of);
  const say = (name: (typeof SETTING_NAMES)[number]) =>
    all === undefined || of.id === "*" ? null : SETTINGS[name].say(all.settings);
  const title = nameOf(of);
  return (
    <Panel label={`Organization ${title}`} above={<code className="id">{of.id}</code>} title={title} onClose={onClose}>
      {mayChange && step === null && (
        <div className="row">
          <Button k="e" onPress={() => setStep("edit")}>
            Change its settings
          </Button>
          <Button look="danger" onPress={() => setStep("delete")}>
            Delete them
          </Button>
        </div>
      )}
      {step === "edit" && <OrganizationForm {...form} of={of} />}
      {step === "delete" && (
        <ChangeForm
          {...form}
          title={`Delete the settings of ${title}`}
          submit="Delete the settings"
          look="danger"
          operations={[{ deleteOrganization: { id: of.id } }]}
        />
      )}
      {of.justification !== null && <p>Set so because: {of.justification}</p>}
      <Section title="Set here" more={<span className="muted small">{count(own.length, "setting")}</span>}>
        <div className="policy-settings">
          <Facts of={Object.fromEntries(own.map((name) => [SETTINGS[name].label, SETTINGS[name].say(of.settings)]))} />
        </div>
      </Section>
      <Section title={of.id === "*" ? "Not set: the strictest holds" : "Not set here"}>
        <div className="policy-settings">
          <Facts
            of={Object.fromEntries(
              SETTING_NAMES.filter((name) => !own.includes(name)).map((name) => [
                SETTINGS[name].label,
                <span key={name} className="muted">
                  {say(name) ?? SETTINGS[name].unset}
                  {say(name) !== null && ", as all organizations have it"}
                </span>,
              ]),
            )}
          />
        </div>
      </Section>
      <History noun="ORGANIZATION" name={of.id} />
    </Panel>
  );
}
