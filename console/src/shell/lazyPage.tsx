import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { type ApiError, errorOf } from "../transport/apiError.ts";
import { part } from "../transport/part.ts";
import { Failed, Loading } from "../ui/feedback.tsx";

interface Lazy {
  readonly load: () => Promise<{ readonly default: ComponentType }>;
  page: ComponentType | null;
}

function LazyPage({ of }: { readonly of: Lazy }) {
  const [Page, setPage] = useState<ComponentType | null>(() => of.page);
  const [error, setError] = useState<ApiError | null>(null);
  const isAsking = Page === null && error === null;
  useEffect(() => {
    if (!isAsking) return;
    let isHere = true;
    part(of.load).then(
      (found) => {
        of.page = found.default;
        if (isHere) setPage(() => found.default);
      },
      (problem) => isHere && setError(errorOf(problem)),
    );
    return () => {
      isHere = false;
    };
  }, [of, isAsking]);
  if (Page !== null) return <Page />;
  return error === null ? <Loading /> : <Failed error={error} retry={() => setError(null)} />;
}

/** A page that is loaded when it is opened. The router's own way reloads everything where that fails, and with it the sign-in is gone. */
export function lazyPage(load: Lazy["load"]): () => ReactNode {
  const of: Lazy = { load, page: null };
  return () => <LazyPage of={of} />;
}
