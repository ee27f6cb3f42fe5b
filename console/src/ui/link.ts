// What a page shows is in its address, so that it is a link: filters, the chosen row. What may not stand there is hidden.
import { type RouterHistory, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { hide, reveal } from "../session/hidden.ts";
import { afterPress } from "./press.ts";

/** A member of the link that may name a patient, a person, a resource or an address of the network. */
export const HIDDEN = Symbol("hidden");

export type LinkShape = Readonly<Record<string, string | typeof HIDDEN>>;
type Values<S extends LinkShape> = { readonly [K in keyof S]: string };

export interface LinkState<S extends LinkShape> {
  readonly shape: S;
  /** The members as strings; what the link does not say has its default, "" where hidden. */
  readonly values: Values<S>;
  /** Hidden members that the link has and this page does not know, as the link came from elsewhere: ask for them. */
  readonly unknown: readonly string[];
  /** Changes members, so that Back undoes it; with `replace` in the same place of the browser's history, as from row to row. */
  readonly set: (change: Partial<Record<keyof S & string, string>>, options?: { readonly replace?: boolean }) => void;
  /** Where `set` would lead, for a link that can be copied or opened in another tab. */
  readonly href: (change: Partial<Record<keyof S & string, string>>) => string;
}

/** The addresses of this visit by their place in the browser's history: what leads to where one came from goes back there. */
const trail: string[] = [];

/** Notes each address at its place, also what was put in the place of another. */
export function keepTrail(history: RouterHistory): void {
  const note = ({ location: { href, state } }: Pick<RouterHistory, "location">): void => {
    trail[state.__TSR_index] = href;
  };
  note(history);
  history.subscribe(note);
}

/** The state of a page that stands in its link: `useLink({ state: "OPEN", id: "", patient: HIDDEN })`. */
export function useLink<S extends LinkShape>(shape: S): LinkState<S> {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const router = useRouter();
  // The shape is the same at each call of a page.
  const searchWith = (old: Readonly<Record<string, unknown>>, change: Partial<Record<string, string>>) => {
    const next: Record<string, unknown> = { ...old };
    for (const [name, value = ""] of Object.entries(change)) {
      const usual = shape[name] === HIDDEN ? "" : shape[name];
      if (value === usual) delete next[name];
      else next[name] = shape[name] === HIDDEN ? hide(value) : value;
    }
    return next;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const set = useCallback(
    (change: Partial<Record<string, string>>, { replace = false } = {}) => {
      const search = ((old: Record<string, unknown>) => searchWith(old, change)) as never;
      const { history } = router;
      // Who leaves a filter by pressing a row finds the row where it is, and the list is asked anew after that.
      afterPress(() => {
        if (trail[history.location.state.__TSR_index - 1] === router.buildLocation({ to: ".", search }).href)
          history.back();
        else void navigate({ to: ".", replace, search });
      });
    },
    [navigate, router],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const { values, unknown } = useMemo(() => {
    const found: Record<string, string> = {};
    const missing: string[] = [];
    for (const [name, usual] of Object.entries(shape)) {
      const said = search[name];
      const text = said === undefined || said === null ? null : String(said);
      if (usual !== HIDDEN) found[name] = text ?? (usual as string);
      else {
        const value = text === null ? "" : reveal(text);
        if (value === null) missing.push(name);
        found[name] = value ?? "";
      }
    }
    return { values: found as Values<S>, unknown: missing };
  }, [search]);
  const href = (change: Partial<Record<string, string>>): string =>
    `#${router.state.location.pathname}${router.options.stringifySearch?.(searchWith(search, change)) ?? ""}`;
  return { shape, values, unknown, set: set as LinkState<S>["set"], href };
}

/** A member as a variable of a question: absent where it is empty. */
export const orNull = <T extends string = string>(value: string): T | null => (value === "" ? null : (value as T));
