import { useAsk, usePages } from "../../../api/useAsk.ts";
import type { ClientStatus } from "../../../generated/schema.ts";
import { Empty } from "../../../ui/feedback.tsx";
import { orNull, useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { StateChip } from "../../../ui/marks.tsx";
import { useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Breakable } from "../change/Breakable.tsx";
import { daysAgo } from "../change/usesSince.ts";
import "../policy.css";
import { ClientForm } from "./ClientForm.tsx";
import { ClientPanel } from "./ClientPanel.tsx";
import { Clients, ClientsUsed } from "./clients.graphql.ts";

const SHAPE = { status: "", begins: "", id: "", grant: "", new: "" };
const STATUSES = [
  { id: "", name: "All" },
  { id: "ACTIVE", name: "Active" },
  { id: "SUSPENDED", name: "Blocked" },
];

/** Applications, and what each may use. */
export default function ClientsPage() {
  const link = useLink(SHAPE);
  const { status, begins, id, grant } = link.values;
  const mayChange = useMayChange();
  const pages = usePages(
    Clients,
    { filter: { status: orNull<ClientStatus>(status), idPrefix: orNull(begins) } },
    (answer) => answer.clients,
  );
  const used = useAsk(ClientsUsed, { from: daysAgo(30) });
  const uses = new Map(used.data?.stats.rows.map((row) => [row.key[0], row]));
  const figure = (n: number | null | undefined) => (used.data === undefined ? "" : (n ?? 0).toLocaleString("en-US"));
  return (
    <ListPage
      title="Clients"
      purpose="The applications that ask, the scopes that each may use, and whether it does."
      begin={mayChange && { label: "Register a client", form: (close) => <ClientForm onClose={close} /> }}
      link={link}
      filters={[
        { name: "status", label: "Status", kind: "segments", options: STATUSES },
        { name: "begins", label: "Id begins with", kind: "begins" },
      ]}
      listClass="policy-list"
      pages={pages}
      idOf={(row) => row.id}
      empty={
        <Empty title="No client is here">
          {status === "" && begins === ""
            ? "No application is registered yet, so nothing can be asked for."
            : "No client of the policy has this status and this beginning of its id."}
        </Empty>
      }
      columns={[
        {
          name: "Client",
          isMain: true,
          cell: (row) => (
            <>
              <bdi>{row.name}</bdi>
              <span className="kind">
                <Breakable text={row.id} />
              </span>
            </>
          ),
        },
        { name: "Status", cell: (row) => <StateChip state={row.status} /> },
        {
          name: "Scopes",
          isNumber: true,
          cell: (row) => (row.grants.length === 100 ? "100 or more" : row.grants.length),
        },
        { name: "Asked in 30 days", isNumber: true, cell: (row) => figure(uses.get(row.id)?.count) },
        { name: "Denied", isNumber: true, cell: (row) => figure(uses.get(row.id)?.denied) },
        { name: "For", isMinor: true, cell: (row) => <span className="muted">{row.description}</span> },
      ]}
      panel={
        id !== "" && <ClientPanel key={id} id={id} granting={grant} onClose={() => link.set({ id: "", grant: "" })} />
      }
    />
  );
}
