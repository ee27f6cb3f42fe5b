import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Asked, useAsk } from "../../api/useAsk.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Failed, Loading } from "../../ui/feedback.tsx";
import { ActorName, ClientName } from "../../ui/names.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { DeniedOfTheDay, NearSunsets, NewestCheckpoint, NewestRevisions } from "./toDo.graphql.ts";

const DAY_MS = 86_400_000;
const NEAR_MS = 60 * DAY_MS;

function Card({
  title,
  to,
  asked,
  children,
}: {
  readonly title: string;
  readonly to?: { readonly to: string; readonly words: string };
  readonly asked: Asked<unknown>;
  readonly children: ReactNode;
}) {
  return (
    <section className="card pad todo-beside">
      <header>
        <h2>{title}</h2>
        {to !== undefined && (
          <Link to={to.to} search={{}}>
            {to.words}
          </Link>
        )}
      </header>
      {asked.isPending && <Loading rows={2} />}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {asked.data !== undefined && children}
    </section>
  );
}

/** What is looked at each day beside what waits: one question after the other, and only what the role may ask. */
export function Beside({ when }: { readonly when: boolean }) {
  const may = useMay();
  return (
    <div className="stack">
      {may("scopes") && <Sunsets when={when} />}
      {may("checkpoint") && <Checkpoint when={when} />}
      {may("policyRevisions") && <Revisions when={when} />}
      {may("authorize") && may("decisions") && <Denied when={when} />}
    </div>
  );
}

function Sunsets({ when }: { readonly when: boolean }) {
  const asked = useAsk(NearSunsets, {}, { when });
  const now = serviceNow().getTime();
  const near = (asked.data?.scopes.edges ?? [])
    .flatMap(({ node }) => (node.sunsetAt === null ? [] : [{ ...node, sunsetAt: node.sunsetAt }]))
    .filter(({ sunsetAt }) => Date.parse(sunsetAt) > now && Date.parse(sunsetAt) - now < NEAR_MS)
    .sort((a, b) => Date.parse(a.sunsetAt) - Date.parse(b.sunsetAt));
  return (
    <Card title="Scopes that end soon" to={{ to: "/scopes", words: "Scopes" }} asked={asked}>
      {near.length === 0 && <p className="muted">No scope ends within 60 days.</p>}
      <ul>
        {near.map(({ name, version, sunsetAt, replacedBy }) => (
          <li key={`${name} ${version}`}>
            <Link to="/scopes" search={{ id: name, version: String(version) }}>
              <code className="id">{name}</code>
            </Link>{" "}
            ends {fromNow(sunsetAt)}
            {replacedBy !== null && <span className="muted">, instead: {replacedBy}</span>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Checkpoint({ when }: { readonly when: boolean }) {
  const asked = useAsk(NewestCheckpoint, {}, { when });
  const checkpoint = asked.data?.checkpoint;
  return (
    <Card title="The record" to={{ to: "/checkpoints", words: "Checkpoints" }} asked={asked}>
      {checkpoint && (
        <p>
          {count(checkpoint.size, "act")} under the newest checkpoint, signed {fromNow(checkpoint.at)} (
          <When at={checkpoint.at} />
          ). Keep one outside the house to prove later that nothing before it was changed.
        </p>
      )}
    </Card>
  );
}

function Revisions({ when }: { readonly when: boolean }) {
  const asked = useAsk(NewestRevisions, {}, { when });
  const revisions = asked.data?.policyRevisions.edges ?? [];
  return (
    <Card title="What changed in the policy" to={{ to: "/revisions", words: "Revisions" }} asked={asked}>
      {revisions.length === 0 && <p className="muted">Nothing yet: the policy is empty.</p>}
      <ul>
        {revisions.map(({ node: { by, changeCount, committedAt, reason, revision } }) => (
          <li key={revision}>
            <Link to="/revisions" search={{ id: String(revision) }}>
              {reason}
            </Link>
            <span className="muted todo-line">
              {count(changeCount, "change")} by <ActorName actor={by} />, <When at={committedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Denied({ when }: { readonly when: boolean }) {
  const [from] = useState(() => new Date(serviceNow().getTime() - DAY_MS).toISOString());
  const asked = useAsk(DeniedOfTheDay, { from }, { when });
  const denied = asked.data?.decisions.edges ?? [];
  return (
    <Card title="What was denied to your program today" to={{ to: "/decisions", words: "Decisions" }} asked={asked}>
      {denied.length === 0 && <p className="muted">Nothing that you asked for was denied within a day.</p>}
      <ul>
        {denied.map(({ node: { client, clientId, decidedAt, id, summary } }) => (
          <li key={id}>
            <Link to="/decisions" search={{ id }}>
              {summary}
            </Link>
            <span className="muted todo-line">
              <ClientName client={client} id={clientId} />, <When at={decidedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
