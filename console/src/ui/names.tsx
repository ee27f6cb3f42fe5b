import { Link } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext } from "react";
import { hide } from "../session/hidden.ts";
import { useMay } from "../session/useSession.ts";
import { Icon } from "./icons.tsx";
import { Room } from "./room.ts";
import { splitAt } from "./splitAt.ts";
import { isPseudonym } from "./words.ts";

/** Whether names stand within a button, as in the cell that opens a row: there they are no links. */
export const PlainNames = createContext(false);

/** What the mask means stands at the foot of the page. */
const Pseudonym = ({ id }: { readonly id: string }) => (
  <span className="pseudonym">
    <Icon name="mask" size={13} />
    {id}
  </span>
);

/** An id that people read: in a typeface of its own, a pseudonym with its mask. */
export const Id = ({ id }: { readonly id: string }) =>
  isPseudonym(id) ? (
    <Pseudonym id={id} />
  ) : (
    <bdi>
      <code className="id">{id}</code>
    </bdi>
  );

/** A patient, with the way to who saw their data for those who may ask that. */
export function PatientName({ id }: { readonly id: string | null | undefined }) {
  const may = useMay();
  const isPlain = useContext(PlainNames);
  if (id == null) return null;
  if (isPlain || isPseudonym(id) || !may("accessHistory")) return <Id id={id} />;
  return (
    <Link to="/who-saw" search={{ patient: hide(id) }} className="name">
      <Id id={id} />
    </Link>
  );
}

/** A name with its id beneath, where there is room for it and it says more. */
function Named({ name, id, children }: { readonly name: string; readonly id: string; readonly children: ReactNode }) {
  const room = useContext(Room);
  if (room === "row" || name === id) return children;
  return (
    <span className="named">
      {children} <Id id={id} />
    </span>
  );
}

/** A client by its name, with its id; whether it is suspended. */
export function ClientName({
  client,
  id,
}: {
  readonly client?: { readonly id: string; readonly name: string; readonly status?: string } | null;
  readonly id?: string | null;
}) {
  const may = useMay();
  const isPlain = useContext(PlainNames);
  const of = client?.id ?? id;
  if (of == null) return null;
  const text = (
    <>
      <bdi>{client?.name ?? <code className="id">{of}</code>}</bdi>
      {client?.status === "SUSPENDED" && <span className="muted"> (suspended)</span>}
    </>
  );
  return (
    <Named name={client?.name ?? of} id={of}>
      {isPlain || !may("client") ? (
        <span>{text}</span>
      ) : (
        <Link to="/clients" search={{ id: of }} className="name">
          {text}
        </Link>
      )}
    </Named>
  );
}

/** Whoever did something, by the name of their key or account. */
export function ActorName({
  actor,
}: {
  readonly actor: { readonly id: string; readonly name: string } | null | undefined;
}) {
  if (actor == null) return null;
  return (
    <Named name={actor.name} id={actor.id}>
      <bdi>{actor.name}</bdi>
    </Named>
  );
}

/** A person or program for whom a client acted, by name with the id beneath where the name is known; with the way to what is known of a person for those who may ask that. */
export function SubjectName({
  subject,
}: {
  readonly subject:
    | { readonly type?: string | null; readonly id: string; readonly name?: string | null }
    | null
    | undefined;
}) {
  const may = useMay();
  const isPlain = useContext(PlainNames);
  const room = useContext(Room);
  if (subject == null) return null;
  const { id, name, type } = subject;
  const text =
    name == null ? (
      <Id id={id} />
    ) : (
      <span className="named">
        <bdi>{name}</bdi> <Id id={id} />
      </span>
    );
  if (isPlain || isPseudonym(id) || type === "client" || !may("assignments"))
    return (
      <span>
        {text}
        {room === "fact" && type != null && type !== "user" && <span className="muted"> ({type})</span>}
      </span>
    );
  return (
    <Link to="/person" search={{ type: type ?? "user", person: hide(id) }} className="name">
      {text}
    </Link>
  );
}

/** A sentence that may name a person by the id, with the way to that person where it does. */
export function NamingSubject({
  text,
  subject,
}: {
  readonly text: string;
  readonly subject: { readonly type?: string | null; readonly id: string } | null;
}) {
  const split = subject === null ? null : splitAt(text, subject.id);
  if (split === null) return text;
  return (
    <>
      {split[0]}
      <SubjectName subject={subject} />
      {split[1]}
    </>
  );
}
