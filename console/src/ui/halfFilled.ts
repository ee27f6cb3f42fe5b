// A half-filled form is not left without a word: what was typed would be gone. Every form is known here, and one question is asked for all of them.
import { useSyncExternalStore } from "react";

interface KnownForm {
  readonly element: () => Element | null;
  readonly isHalfFilled: () => boolean;
}

const forms = new Set<KnownForm>();
/** Knows the form until the answer is called. */
export function knowForm(form: KnownForm): () => void {
  forms.add(form);
  return () => void forms.delete(form);
}

/** Whether something was typed that was not sent, on the page or within a part of it. */
export const isHalfFilled = (within: Element | null = document.documentElement): boolean =>
  [...forms].some((form) => within?.contains(form.element()) === true && form.isHalfFilled());

let answer: ((leaves: boolean) => void) | null = null;
const listeners = new Set<() => void>();
function become(next: typeof answer): void {
  answer = next;
  for (const listener of listeners) listener();
}

/** Whether a part of the page may go; asks where that takes something typed with it. Of two who ask the later one gets the answer. */
export const mayLeave = (within?: Element | null): Promise<boolean> =>
  new Promise((resolve) => {
    if (!isHalfFilled(within)) return resolve(true);
    become((leaves) => {
      become(null);
      resolve(leaves);
    });
  });

/** How the question is answered; null: none is asked. */
export const useLeaving = (): typeof answer =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => answer,
  );
