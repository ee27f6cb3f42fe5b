import { useSyncExternalStore } from "react";
import { currentSession, onSession, type ServiceFacts, type Session, type Viewer } from "./session.ts";

export const useSession = (): Session => useSyncExternalStore(onSession, currentSession);

/** Who is signed in. Pages are shown to nobody else. */
export function useViewer(): Viewer & { readonly service: ServiceFacts } {
  const { viewer, service } = useSession();
  if (viewer === null || service === null) throw new Error("Nobody is signed in.");
  return { ...viewer, service };
}

/** Whether the viewer's roles permit a query or mutation; what it is about may forbid it still. */
export function useMay(): (name: string) => boolean {
  const { mayAsk, mayDo } = useViewer();
  return (name) => mayAsk.includes(name) || mayDo.includes(name);
}
