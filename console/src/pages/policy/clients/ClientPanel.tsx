import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { useMay } from "../../../session/useSession.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { StateChip } from "../../../ui/marks.tsx";
import { Facts, Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { AskLinks } from "../change/AskLinks.tsx";
import { History } from "../change/History.tsx";
import { ClientForm } from "./ClientForm.tsx";
import { ClientGrants } from "./ClientGrants.tsx";
import { ClientRoles } from "./ClientRoles.tsx";
import { ClientInFull, type FullClient } from "./clients.graphql.ts";

interface ClientPanelProps {
  readonly id: string;
  /** The form that grants it a scope is open, with this scope in it; "1": with none; "": it is not open. */
  readonly granting: string;
  readonly onClose: () => void;
}

/** One application: what it may use and does use, and the button that stops it. */
export function ClientPanel({ id, granting, onClose }: ClientPanelProps) {
  const asked = useAsk(ClientInFull, { id });
  return (
    <AskedPanel
      asked={asked}
      pick={({ client }) => client}
      label={`Client ${asked.data?.client?.name ?? id}`}
      tone={(client) => (client.status === "SUSPENDED" ? "DENY" : "plain")}
      above={(client) => (
        <span className="row">
          <StateChip state={client.status} />
          <code className="id">{client.id}</code>
        </span>
      )}
      title={(client) => client?.name ?? id}
      missing={{ title: "There is no such client", text: "It is not registered, or was deleted." }}
      onClose={onClose}
    >
      {(client) => (
        <>
          <ClientHead client={client} />
          <ClientGrants client={client} granting={granting} />
          <ClientRoles client={client} />
          <History noun="CLIENT" name={client.id} />
        </>
      )}
    </AskedPanel>
  );
}

type Step = "block" | "unblock" | "edit";

function ClientHead({ client }: { readonly client: FullClient }) {
  const may = useMay();
  const mayChange = useMayChange();
  const [step, setStep] = useState<Step | null>(null);
  const form = { onClose: () => setStep(null) };
  const { id, name, status } = client;
  return (
    <>
      {status === "SUSPENDED" && (
        <Note tone="warn">Blocked: all that it asks for is denied, whoever works with it.</Note>
      )}
      {client.description !== null && <p>{client.description}</p>}
      <Facts
        of={{
          "Protocol scopes":
            client.protocolScopes === null ? "all but offline_access" : client.protocolScopes.join(", ") || "none",
          Care: client.careCritical && "Care depends on it: no alert suspends it.",
        }}
      />
      {mayChange && step === null && (
        <div className="row">
          {status === "ACTIVE" ? (
            <Button look="danger" k="b" onPress={() => setStep("block")}>
              Block it now
            </Button>
          ) : (
            <Button look="primary" k="b" onPress={() => setStep("unblock")}>
              Let it ask again
            </Button>
          )}
          <Button onPress={() => setStep("edit")}>Change</Button>
        </div>
      )}
      {step === "block" && (
        <ChangeForm
          {...form}
          title={`Block ${name}`}
          submit="Block it now"
          look="danger"
          operations={[{ updateClient: { id, status: "SUSPENDED" } }]}
        >
          <p>
            From the next decision on all that it asks is denied. The way back is the same button.
            {client.careCritical && <strong> Care depends on this client.</strong>}
          </p>
        </ChangeForm>
      )}
      {step === "unblock" && (
        <ChangeForm
          {...form}
          title={`Let ${name} ask again`}
          submit="Let it ask again"
          operations={[{ updateClient: { id, status: "ACTIVE" } }]}
        />
      )}
      {step === "edit" && <ClientForm {...form} of={client} />}
      {(may("clientAccess") || may("decisions") || may("stats")) && (
        <Section title="Look further">
          <AskLinks
            links={[
              ["What it can see", "/client-access", { client: id }, "clientAccess"],
              ["Its decisions", "/decisions", { client: id }, "decisions"],
              ["Its denials", "/denials", { client: id }, "stats"],
            ]}
          />
        </Section>
      )}
    </>
  );
}
