import { ApiError } from "./apiError.ts";

const TRIES = 3;
const WAIT_MS = 500;

/** Whether the service has another console by now than this page came from: its page names another first script. */
async function isNewVersion(): Promise<boolean> {
  const name = document.querySelector("script[type=module]")?.getAttribute("src")?.split("/").at(-1);
  try {
    const answer = await fetch(document.baseURI, { cache: "no-store" });
    return answer.ok && name !== undefined && !(await answer.text()).includes(name);
  } catch {
    return false;
  }
}

/** What a function imports, and what a script needs before it runs. */
const ASKED = /\bimport\(\s*["'`](\.[^"'`]+\.js)["'`]/g;
const NEEDED = /\b(?:from|import)\s*["'](\.[^"']+\.js)["']/g;
const come = new Set<string>();

/** Fetches the scripts that a text names, with what they need. @throws TypeError, or Error with the status, where one does not come */
async function fetchNamed(text: string, { by, base }: { readonly by: RegExp; readonly base: string }): Promise<void> {
  const urls = [...text.matchAll(by)].map(([, path = ""]) => new URL(path, base).href);
  await Promise.all(
    urls.map(async (url) => {
      if (come.has(url)) return;
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      const script = await answer.text();
      come.add(url);
      await fetchNamed(script, { by: NEEDED, base: url });
    }),
  );
}

/**
 * A browser keeps that a script did not come, and never asks for it again, as the standard for modules says. So all of them are fetched before they
 * are imported: they stay in its cache, as their names change with them. What is not built has no names, and is imported at once.
 */
async function imported<T>(load: () => Promise<T>): Promise<T> {
  if (come.size === 0)
    for (const { href, src } of document.querySelectorAll<HTMLScriptElement & HTMLLinkElement>(
      "script[type=module], link[rel=modulepreload]",
    ))
      come.add(href || src);
  await fetchNamed(String(load), { by: ASKED, base: import.meta.url });
  return load();
}

/** Loads a part of the console that is needed now. One that does not come is asked for again; the page is never reloaded by itself. */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await imported(load);
    } catch {
      if (tries < TRIES) await new Promise((done) => setTimeout(done, WAIT_MS * tries));
      else if (await isNewVersion())
        throw new ApiError(
          "NEW_VERSION",
          "A new version of the console is there, and this page is of the old one. Reload when you are ready: you sign in again, and what is typed elsewhere on this page is lost.",
        );
      else
        throw new ApiError("NETWORK", "This part of the console did not come. Your sign-in and what you typed stay.");
    }
  }
}
