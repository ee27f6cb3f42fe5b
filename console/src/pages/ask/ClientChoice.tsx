import { useAsk } from "../../api/useAsk.ts";
import { Empty, Failed, Loading } from "../../ui/feedback.tsx";
import { Chip } from "../../ui/marks.tsx";
import { AllClients } from "./clientAccess.graphql.ts";

/** The clients to choose from, before one is chosen. */
export function ClientChoice({ onChoose }: { readonly onChoose: (id: string) => void }) {
  const { data, error, refresh } = useAsk(AllClients, {});
  if (error !== null) return <Failed error={error} retry={refresh} />;
  if (data === undefined) return <Loading />;
  const clients = data.clients.edges.map(({ node }) => node);
  if (clients.length === 0)
    return <Empty title="There is no client yet">An admin registers the first one under Clients.</Empty>;
  return (
    <section className="card pad stack" aria-label="Clients">
      <h2>Which client?</h2>
      <ul className="ask-choice">
        {clients.map(({ id, name, status, description }) => (
          <li key={id}>
            <button type="button" className="ask-pick" onClick={() => onChoose(id)}>
              <span>
                <b>
                  <bdi>{name}</bdi>
                </b>{" "}
                {status === "SUSPENDED" && <Chip tone="bad">Suspended</Chip>}
              </span>
              <span className="muted small">{description ?? id}</span>
            </button>
          </li>
        ))}
      </ul>
      {data.clients.pageInfo.hasNextPage && <p className="muted">There are more: type a name above.</p>}
    </section>
  );
}
