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

/** Loads a part of the console that is needed now. One that does not come is asked for again; the page is never reloaded by itself. */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await load();
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
