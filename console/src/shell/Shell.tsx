import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useToDo } from "../api/changes.ts";
import { GROUPS } from "../pages/groups.ts";
import { isOfUse, type PageEntry } from "../pages/pageEntry.ts";
import { signOut } from "../session/session.ts";
import { useMay, useSession, useViewer } from "../session/useSession.ts";
import { Button } from "../ui/buttons.tsx";
import { Icon } from "../ui/icons.tsx";
import { useKeys } from "../ui/keys.tsx";
import { zone } from "../ui/when.tsx";
import { words } from "../ui/words.ts";
import { Finder } from "./Finder.tsx";
import { FreshSignIn } from "./FreshSignIn.tsx";
import { JobTray } from "./JobTray.tsx";
import { KeyList } from "./KeyList.tsx";
import { LeaveForm } from "./LeaveForm.tsx";
import { Notices } from "./Notices.tsx";
import { SignIn, SignInAgain } from "./SignIn.tsx";

const Brand = () => (
  <span className="brand">
    <svg width="18" height="20" viewBox="0 0 18 20" aria-hidden="true">
      <path
        d="M9 1l7.500 2.700v5.600c0 4.600-3.200 8-7.500 9.700-4.300-1.700-7.500-5.100-7.500-9.700V3.700z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
      />
      <path
        d="M5.500 9.800l2.500 2.500 4.600-5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
    Scopewarden
  </span>
);

/** Light or dark as the system says, until somebody presses the button; nothing of it is kept. */
function LookButton() {
  const [look, setLook] = useState<"light" | "dark" | null>(null);
  const isDark = look === null ? matchMedia("(prefers-color-scheme: dark)").matches : look === "dark";
  useEffect(() => {
    if (look !== null) document.documentElement.dataset.look = look;
  }, [look]);
  return (
    <Button
      look="quiet"
      aria-label={isDark ? "Light colours" : "Dark colours"}
      onPress={() => setLook(isDark ? "light" : "dark")}
    >
      <Icon name={isDark ? "sun" : "moon"} />
    </Button>
  );
}

/** So many pages are seen at once; of more, those groups that are not this person's daily work are folded. */
const MOST_UNFOLDED = 8;

const Waiting = ({ n }: { readonly n: number }) =>
  n > 0 && (
    <span className="badge number">
      {n}
      <span className="unseen"> waiting</span>
    </span>
  );

function Navigation({
  isOpen,
  path: here,
  onLeave,
}: {
  readonly isOpen: boolean;
  readonly path: string;
  readonly onLeave: () => void;
}) {
  const may = useMay();
  const { roles } = useViewer();
  const waiting = useToDo();
  const [chosen, setChosen] = useState<Readonly<Record<string, boolean>>>({});
  const total = Object.values(waiting).reduce((sum, { atMost }) => sum + atMost, 0);
  const waitingAt = ({ path, waits = [] }: PageEntry): number =>
    path === "/" ? total : waits.reduce((sum, kind) => sum + (waiting[kind]?.atMost ?? 0), 0);
  const groups = GROUPS.map((group) => ({
    ...group,
    pages: group.pages.filter((page) => page.isListed !== false && isOfUse(page, may)),
  })).filter(({ pages }) => pages.length > 0);
  const isShort = groups.flatMap(({ pages }) => pages).length <= MOST_UNFOLDED;
  return (
    <nav className={`side ${isOpen ? "open" : ""}`} aria-label="Pages" id="pages">
      {groups.map(({ name, pages, dailyFor }) => {
        const isHere = pages.some(({ path }) => path === here);
        const isUnfolded = chosen[name] ?? (isHere || dailyFor.some((role) => roles.includes(role)));
        const isFolded = name !== "" && !isShort && !isUnfolded;
        return (
          <div key={name}>
            {name !== "" && (
              <h2>
                {isShort ? (
                  name
                ) : (
                  <button
                    type="button"
                    aria-expanded={!isFolded}
                    onClick={() => setChosen({ ...chosen, [name]: isFolded })}
                  >
                    {name}
                    <span className="unseen"> pages</span>
                    {isFolded && <Waiting n={pages.reduce((sum, page) => sum + waitingAt(page), 0)} />}
                    <Icon name={isFolded ? "next" : "down"} size={12} />
                  </button>
                )}
              </h2>
            )}
            <ul hidden={isFolded}>
              {pages.map((page) => (
                <li key={page.path}>
                  <Link
                    to={page.path}
                    search={{}}
                    activeOptions={{ exact: true, includeSearch: false }}
                    onClick={onLeave}
                  >
                    {page.title}
                    <Waiting n={waitingAt(page)} />
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

function Signed() {
  const [isMenu, setMenu] = useState(false);
  const [isFinding, setFinding] = useState(false);
  const [isKeys, setKeys] = useState(false);
  const { name, roles, service } = useViewer();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useKeys({
    "?": { words: "What may be pressed", run: () => setKeys(true) },
    "/": { words: "Find anything", run: () => setFinding(true) },
  });
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setFinding(true);
    };
    document.addEventListener("keydown", open);
    return () => document.removeEventListener("keydown", open);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top, and is led to
  useEffect(() => {
    setMenu(false);
    window.scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        To the page
      </button>
      <header className="top">
        <Button
          look="quiet"
          className="menu-button"
          aria-label="Pages"
          aria-expanded={isMenu}
          onPress={() => setMenu(!isMenu)}
        >
          <Icon name="menu" />
        </Button>
        <Link to="/" search={{}} aria-label="Scopewarden, to do">
          <Brand />
        </Link>
        <Button className="find-button" onPress={() => setFinding(true)}>
          <Icon name="search" />
          <span className="wide">Find a client, a scope, a patient…</span>
          <kbd className="wide">Ctrl K</kbd>
        </Button>
        <span className="who">
          <strong>
            <bdi>{name}</bdi>
          </strong>
          <span className="muted small">{roles.map(words).join(", ")}</span>
        </span>
        <LookButton />
        <Button look="quiet" onPress={signOut}>
          Sign out
        </Button>
      </header>
      <Navigation isOpen={isMenu} path={path} onLeave={() => setMenu(false)} />
      <main id="main" tabIndex={-1}>
        <Notices path={path} />
        <JobTray />
        <Outlet />
        <footer className="foot muted small">
          Scopewarden {service.version}, policy revision {service.revision} when you signed in. Times are in {zone()}.
          Press <kbd>?</kbd> for keys.{" "}
          {!roles.includes("AUDITOR") &&
            "What has a mask and begins with ~ is a pseudonym: the same one for the same patient or record, and not who it is."}
        </footer>
      </main>
      {isFinding && <Finder onClose={() => setFinding(false)} />}
      {isKeys && <KeyList onClose={() => setKeys(false)} />}
      <FreshSignIn />
      <LeaveForm />
    </>
  );
}

/** The page around all pages. Where the sign-in has ended it stays, masked and out of reach, for whoever was there. */
export function Shell() {
  const { state, visit, viewer } = useSession();
  const isMasked = state === "ended";
  useEffect(() => {
    document.documentElement.toggleAttribute("data-masked", isMasked);
  }, [isMasked]);
  return (
    <>
      {viewer !== null && (
        <div key={visit} className={`shell ${isMasked ? "masked" : ""}`} inert={isMasked} aria-hidden={isMasked}>
          <Signed />
        </div>
      )}
      {state === "signedOut" && <SignIn />}
      {isMasked && <SignInAgain name={viewer?.name ?? null} />}
    </>
  );
}
