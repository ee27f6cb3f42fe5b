import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Autocomplete, Input, Label, Menu, MenuItem, SearchField } from "react-aria-components";
import type { FoundKind } from "../generated/schema.ts";
import { PAGES } from "../pages/groups.ts";
import { isOfUse } from "../pages/pageEntry.ts";
import { hide } from "../session/hidden.ts";
import { ask } from "../session/session.ts";
import { useMay } from "../session/useSession.ts";
import { errorOf } from "../transport/apiError.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Find, type FindResult } from "../ui/find.graphql.ts";
import { maybePatientId } from "../ui/maybePatientId.ts";
import { words } from "../ui/words.ts";

type Match = FindResult["find"]["matches"][number];

const REST_MS = 200;
const NOTHING = "Nothing has this name.";
const NAMED: readonly FoundKind[] = ["CLIENT", "SCOPE", "ROLE", "RULE", "ORGANIZATION", "STAFF"];

// A menu's item keeps its id as long as it has its key.
const keyOfPage = (path: string): string => `page ${path}`;
const keyOfMatch = ({ kind, id, type }: Match): string => `${kind} ${type ?? ""} ${id}`;

/** Where a match is looked at. */
function placeOf({ kind, id, type }: Match): { readonly to: string; readonly search: Record<string, string> } {
  switch (kind) {
    case "CLIENT":
      return { to: "/clients", search: { id } };
    case "SCOPE":
      return { to: "/scopes", search: { id } };
    case "ROLE":
      return { to: "/roles", search: { role: id } };
    case "RULE":
      return { to: "/roles", search: { rule: id } };
    case "ORGANIZATION":
      return { to: "/organizations", search: { id } };
    case "STAFF":
      return { to: "/person", search: { type: type ?? "user", person: hide(id) } };
    case "PATIENT":
      return { to: "/patient", search: { patient: hide(id) } };
  }
}

/** Finds anything. A patient is looked for on Enter alone, as each look is an act on record; typing asks for nothing that may be an id. */
export function Finder({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState("");
  const [matches, setMatches] = useState<readonly Match[]>([]);
  const [said, setSaid] = useState("");
  const navigate = useNavigate();
  const may = useMay();
  const mayFind = may("find");
  const mayPatients = may("accessHistory") || may("consents");
  // Whoever may find patients names the other kinds, so that typing never looks for one; a consent desk may find nothing else.
  const typed = mayPatients ? NAMED : null;
  const mayType = mayFind && may("clients");
  const wanted = text.trim();
  const pages = PAGES.filter(
    (page) =>
      page.isListed !== false &&
      isOfUse(page, may) &&
      wanted !== "" &&
      `${page.title} ${page.words ?? ""}`.toLowerCase().includes(wanted.toLowerCase()),
  ).slice(0, 6);

  useEffect(() => {
    setMatches([]);
    setSaid("");
    if (wanted === "" || !mayType) return;
    if (maybePatientId(wanted)) {
      setSaid("This may be an id. Press Enter to look for it.");
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask(Find, { text: wanted, kinds: typed, first: 20 }, abort.signal).then(
        ({ find }) => {
          setMatches(find.matches);
          setSaid(find.matches.length === 0 ? NOTHING : find.complete ? "" : "There is more: type on.");
        },
        (error) => abort.signal.aborted || setSaid(errorOf(error).message),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [wanted, mayType, typed]);

  const open = (place: { readonly to: string; readonly search: Record<string, string> }) => {
    onClose();
    void navigate({ to: place.to, search: place.search as never });
  };

  /** Everything that leads to a page of theirs, patients included: asked by Enter. */
  const lookUp = () => {
    if (wanted === "" || !mayFind) return;
    setSaid("Looking…");
    ask(Find, { text: wanted, kinds: mayType ? null : ["PATIENT"], first: 20 }).then(
      ({ find }) => {
        const [only] = find.matches;
        if (find.matches.length === 1 && only !== undefined) open(placeOf(only));
        else {
          setMatches(find.matches);
          setSaid(find.matches.length === 0 ? "Nothing has this name or id." : "");
        }
      },
      (error) => setSaid(errorOf(error).message),
    );
  };

  return (
    <Dialog title="Find" isOpen onClose={onClose} isWide>
      <Autocomplete disableAutoFocusFirst>
        <SearchField
          className="field"
          autoFocus
          value={text}
          onChange={setText}
          onKeyDown={(event) => {
            if (
              event.key === "Enter" &&
              event.currentTarget.querySelector("input")?.getAttribute("aria-activedescendant") == null
            )
              lookUp();
            else event.continuePropagation();
          }}
        >
          <Label>
            {mayPatients
              ? "A page, a client, scope, role, person, or a patient's whole id"
              : "A page, a client, scope, role, rule or person"}
          </Label>
          <Input className="input" placeholder="Type a name" />
        </SearchField>
        <p className="muted small" role="status">
          {said === NOTHING && pages.length > 0 ? "Only pages have this name." : said}
        </p>
        <Menu
          className="found"
          aria-label="Found"
          onAction={(key) => {
            const page = pages.find(({ path }) => keyOfPage(path) === key);
            if (page !== undefined) return open({ to: page.path, search: {} });
            const match = matches.find((one) => keyOfMatch(one) === key);
            if (match !== undefined) open(placeOf(match));
          }}
        >
          {[
            ...pages.map(({ path, title }) => (
              <MenuItem key={path} id={keyOfPage(path)} className="option" textValue={wanted}>
                <span>{title}</span>
                <span className="muted small">Page</span>
              </MenuItem>
            )),
            ...matches.map((match) => (
              <MenuItem key={keyOfMatch(match)} id={keyOfMatch(match)} className="option" textValue={wanted}>
                <bdi>{match.name ?? match.id}</bdi>
                <span className="muted small">
                  {words(match.kind)} · {match.kind === "PATIENT" ? match.what : match.id}
                </span>
              </MenuItem>
            )),
          ]}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}
