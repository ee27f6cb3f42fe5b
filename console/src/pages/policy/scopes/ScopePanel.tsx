import { Link } from "@tanstack/react-router";
import { useAsk } from "../../../api/useAsk.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { atomWords, declared } from "../../../ui/atomWords.ts";
import { barsOf, unitOf } from "../../../ui/bars.ts";
import { Button } from "../../../ui/buttons.tsx";
import { DayBars } from "../../../ui/charts.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { allRows, List } from "../../../ui/list.tsx";
import { StateChip } from "../../../ui/marks.tsx";
import { ClientName } from "../../../ui/names.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Day, When } from "../../../ui/when.tsx";
import { count, figure } from "../../../ui/words.ts";
import { Findings } from "../change/Findings.tsx";
import { History } from "../change/History.tsx";
import { daysAgo } from "../change/usesSince.ts";
import { RetireForm } from "./RetireForm.tsx";
import { ScopeForm } from "./ScopeForm.tsx";
import { ScopeLife } from "./ScopeLife.tsx";
import { ScopeByDay, ScopeHolders, ScopeInFull, type ScopeInFullResult } from "./scopes.graphql.ts";

type Scope = NonNullable<ScopeInFullResult["scope"]>;
const STEPS = ["activate", "retire", "edit", "delete"] as const;
type Step = (typeof STEPS)[number];

interface ScopePanelProps {
  readonly name: string;
  /** Null: the one that the service takes. */
  readonly version: number | null;
  readonly onVersion: (version: number) => void;
  /** The step that is being taken, as the link has it: Back ends it, and comes back to it. */
  readonly step: string;
  readonly onStep: (step: Step | "") => void;
  readonly onClose: () => void;
}

/** One scope: what it permits, how far its life is, who holds it, and the next step of its life. */
export function ScopePanel({ name, version, onVersion, step, onStep, onClose }: ScopePanelProps) {
  const asked = useAsk(ScopeInFull, { name, version });
  return (
    <AskedPanel
      asked={asked}
      pick={({ scope }) => scope}
      label={`Scope ${name}`}
      above={(scope) => (
        <span className="row">
          <StateChip state={scope.state} />
          <span className="muted">version {scope.version}</span>
        </span>
      )}
      title={() => <code>{name}</code>}
      missing={{
        title: "There is no such scope",
        text: "The policy of now has no scope of this name and version.",
      }}
      onClose={onClose}
    >
      {(scope) => <ScopeBody scope={scope} {...{ onVersion, step, onStep }} />}
    </AskedPanel>
  );
}

function ScopeBody({
  scope,
  onVersion,
  step: asked,
  onStep,
}: Pick<ScopePanelProps, "onStep" | "onVersion" | "step"> & { readonly scope: Scope }) {
  const mayChange = useMayChange();
  const step = STEPS.find((one) => mayChange && one === asked) ?? null;
  const close = () => onStep("");
  const { name, version } = scope;
  const others = scope.versions.filter((one) => one.version !== version);
  const atoms = scope.declarations.length > 0 ? scope.declarations : declared(scope.atoms);
  return (
    <>
      {scope.title !== null && <p>{scope.title}</p>}
      {scope.description !== null && scope.description !== scope.title && <p className="muted">{scope.description}</p>}
      <ScopeLife scope={scope} />
      {scope.replacedBy !== null && (
        <p>
          To be used instead:{" "}
          <Link to="/scopes" search={{ id: scope.replacedBy }}>
            <code>{scope.replacedBy}</code>
          </Link>
        </p>
      )}
      {step === null ? (
        <Steps scope={scope} take={onStep} />
      ) : (
        <StepForm key={step} step={step} scope={scope} onClose={close} />
      )}
      <Section title="What it permits">
        <ul className="policy-sentences">
          {atoms.map((atom) => (
            <li key={JSON.stringify(atom)}>{atomWords(atom)}</li>
          ))}
        </ul>
        <p className="muted">
          {scope.requiresConsent ? "It is used only with the patient's consent." : "It asks for no consent of its own."}
        </p>
        {scope.justification !== null && <p>It may be so broad because: {scope.justification}</p>}
        <Findings of={scope.lint} />
      </Section>
      <Holders name={name} />
      <Section title="Rules that name it">
        {scope.rules.length === 0 ? (
          <p className="muted">
            None by its name. Rules for any scope, or for a SMART scope that covers it, may still allow it.
          </p>
        ) : (
          <ul className="policy-lines">
            {scope.rules.map((rule) => (
              <li key={rule.id}>
                <Link to="/roles" search={{ rule: rule.id }}>
                  {rule.id}
                </Link>{" "}
                <span className="muted">
                  {rule.effect === "ALLOW" ? "allows" : "denies"} {rule.role === "*" ? "anybody" : rule.role}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <History noun="SCOPE" name={JSON.stringify([name, version])} />
      {others.length > 0 && (
        <Section title="Other versions">
          <div className="row">
            {others.map((one) => (
              <Button key={one.version} onPress={() => onVersion(one.version)}>
                Version {one.version}: {one.state.toLowerCase()}
              </Button>
            ))}
          </div>
        </Section>
      )}
    </>
  );
}

/** The steps that its state leaves. */
function Steps({ scope, take }: { readonly scope: Scope; readonly take: (step: Step) => void }) {
  if (!useMayChange()) return null;
  const { state } = scope;
  return (
    <div className="row">
      {state === "DRAFT" && (
        <Button look="primary" k="a" onPress={() => take("activate")}>
          Put it in force
        </Button>
      )}
      {(state === "ACTIVE" || state === "DEPRECATED") && (
        <Button look="danger" k="e" onPress={() => take("retire")}>
          {state === "ACTIVE" ? "Retire" : "Change its end"}
        </Button>
      )}
      <Button onPress={() => take("edit")}>{state === "DRAFT" ? "Change the draft" : "New version"}</Button>
      {(state === "DRAFT" || state === "RETIRED") && <Button onPress={() => take("delete")}>Delete</Button>}
    </div>
  );
}

function StepForm({
  step,
  scope,
  onClose,
}: {
  readonly step: Step;
  readonly scope: Scope;
  readonly onClose: () => void;
}) {
  const { name, version } = scope;
  const form = { onClose };
  switch (step) {
    case "activate":
      return (
        <Section title="Put it in force">
          <ChangeForm
            {...form}
            title={`Activate ${name}`}
            submit="Put it in force"
            operations={[{ activateScope: { name, version } }]}
            hits={{ isAsked: true }}
          >
            <p className="muted">From then on its content no longer changes: a change is its next version.</p>
          </ChangeForm>
        </Section>
      );
    case "retire":
      return <RetireForm {...form} scope={scope} />;
    case "edit":
      return (
        <Section title={scope.state === "DRAFT" ? "Change the draft" : "Next version"}>
          <ScopeForm {...form} of={scope} />
        </Section>
      );
    case "delete":
      return (
        <Section title="Delete this version">
          <ChangeForm
            {...form}
            title={`Delete ${name} v${version}`}
            submit="Delete this version"
            look="danger"
            operations={[{ deleteScope: { name, version } }]}
            hits={{ isAsked: true }}
          />
        </Section>
      );
  }
}

/** Who holds it or used it, and how much it is used. */
function Holders({ name }: { readonly name: string }) {
  const asked = useAsk(ScopeHolders, { scope: name });
  const byDay = useAsk(ScopeByDay, { scope: name, from: daysAgo(30) });
  const rows = asked.data?.scopeUse.edges.map((edge) => edge.node);
  const days = byDay.data?.stats;
  return (
    <Section
      title="Who holds it"
      more={
        <span className="muted small">
          use of the last 30 days
          {asked.data !== undefined && (
            <>
              {" "}
              as of <When at={asked.data.scopeUse.asOf} />
            </>
          )}
        </span>
      }
    >
      {days !== undefined && days.total > 0 && (
        <DayBars
          label={`${count(days.total, "access", "accesses")} in 30 days`}
          bars={barsOf(days, unitOf(days.from, days.to))}
        />
      )}
      <List
        caption="Who holds the scope"
        pages={allRows(rows, asked)}
        idOf={(row) => row.clientId}
        empty={<p className="muted">Nobody holds it, and nobody ever used it.</p>}
        columns={[
          {
            name: "Client",
            isMain: true,
            cell: ({ client, clientId, grant }) => (
              <>
                <ClientName client={client} id={clientId} />
                {grant === null && <span className="muted small"> no longer</span>}
                {grant !== null && grant.scope !== name && (
                  <span className="kind">
                    by <code>{grant.scope}</code>
                  </span>
                )}
                {grant !== null && grant.validUntil !== null && (
                  <span className="kind">
                    until <Day at={grant.validUntil} />
                  </span>
                )}
              </>
            ),
          },
          {
            name: "Uses",
            isNumber: true,
            cell: ({ uses }) => (uses === 0 ? <span className="muted">unused</span> : figure(uses)),
          },
          {
            name: "Last used",
            cell: ({ lastUsedAt }) =>
              lastUsedAt === null ? <span className="muted">never</span> : <When at={lastUsedAt} />,
          },
        ]}
      />
      {asked.data?.scopeUse.pageInfo.hasNextPage && <Note>100 are shown.</Note>}
    </Section>
  );
}
