import { createHashHistory, createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { PAGES } from "./pages/groups.ts";
import { lazyPage } from "./shell/lazyPage.tsx";
import { NotFound } from "./shell/NotFound.tsx";
import { Shell } from "./shell/Shell.tsx";
import { errorOf } from "./transport/apiError.ts";
import { Failed, Loading } from "./ui/feedback.tsx";
import { keepTrail } from "./ui/link.ts";
import { keepPresses } from "./ui/press.ts";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

// What is typed into the address is a step without a number: the router could neither ask before it nor go back from it. It gets that of the next one.
window.addEventListener(
  "popstate",
  () => {
    if (window.history.state !== null) return;
    const key = crypto.randomUUID();
    const state = { __TSR_index: router.history.location.state.__TSR_index + 1, __TSR_key: key, key };
    // Not by the method of the object, which tells the router of it.
    History.prototype.replaceState.call(window.history, state, "");
  },
  { capture: true },
);

/** After the hash, so that nothing of it reaches a server, and nothing has to be set up for it in a proxy. */
export const router = createRouter({
  routeTree: root.addChildren(
    PAGES.map(({ path, load }) => createRoute({ getParentRoute: () => root, path, component: lazyPage(load) })),
  ),
  history: createHashHistory(),
  // A link that people read: `?id=3`, without quotes and brackets. All members are strings.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const said = Object.entries(search).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
    return text === "" ? "" : `?${text}`;
  },
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error }) => <Failed error={errorOf(error)} />,
  // A link that is pointed at is not a question.
  defaultPreload: false,
});
keepTrail(router.history);
keepPresses();

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
