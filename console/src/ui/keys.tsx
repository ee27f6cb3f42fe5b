import { createContext, type ReactNode, useContext, useEffect, useId, useRef, useSyncExternalStore } from "react";

/** What a key does on this page, in a few words, for the list that `?` opens. */
export interface KeyAction {
  readonly words: string;
  readonly run: () => void;
}

/** The newest first: a panel's keys go before its page's. */
let bindings: readonly {
  readonly scope: string;
  readonly keys: { readonly current: Readonly<Record<string, KeyAction>> };
}[] = [];
/** The page, and the dialogs that are open over it: the keys of the last one count. */
let scopes: readonly string[] = [""];
const listeners = new Set<() => void>();
const changed = () => {
  for (const listener of listeners) listener();
};

const TYPING = "input, textarea, select, [contenteditable], [role=listbox], [role=combobox], [role=menu], .cel-editor";

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  if (event.key !== "Escape" && target.closest(TYPING) !== null) return;
  // Enter and Space belong to what has the focus.
  if ((event.key === "Enter" || event.key === " ") && target.closest("button, a, summary, [role=button]") !== null)
    return;
  for (const { scope, keys } of bindings) {
    const action = scope === scopes.at(-1) ? keys.current[event.key] : undefined;
    if (action !== undefined) {
      event.preventDefault();
      action.run();
      return;
    }
  }
});

const Scope = createContext("");

/** What is open over the page: as long as it is there, the page's keys do nothing. */
export function KeyScope({ children }: { readonly children: ReactNode }) {
  const scope = useId();
  useEffect(() => {
    scopes = [...scopes, scope];
    changed();
    return () => {
      scopes = scopes.filter((one) => one !== scope);
      changed();
    };
  }, [scope]);
  return <Scope.Provider value={scope}>{children}</Scope.Provider>;
}

/** Binds keys while the component is there. Keys that are typed into a field are the field's. */
export function useKeys(keys: Readonly<Record<string, KeyAction>>): void {
  const current = useRef(keys);
  current.current = keys;
  const scope = useContext(Scope);
  useEffect(() => {
    const binding = { scope, keys: current };
    bindings = [binding, ...bindings];
    changed();
    return () => {
      bindings = bindings.filter((one) => one !== binding);
      changed();
    };
  }, [scope]);
}

/** What may be pressed now, as `?` shows it. */
export function useBoundKeys(): readonly { readonly key: string; readonly words: string }[] {
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => bindings,
  );
  const seen = new Map<string, string>();
  for (const { scope, keys } of all)
    if (scope === "")
      for (const [key, { words }] of Object.entries(keys.current)) if (!seen.has(key)) seen.set(key, words);
  return [...seen].map(([key, words]) => ({ key, words }));
}

const KEY_NAMES: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc", " ": "Space" };
export const Key = ({ of }: { readonly of: string }) => <kbd>{KEY_NAMES[of] ?? of}</kbd>;
