import { hostname, userInfo } from "node:os";

/** Who runs this command, as far as the machine knows. */
export function whoRuns(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    // A user that the machine has no name for, as in some containers.
    user = `uid ${process.getuid?.() ?? "unknown"}`;
  }
  return `${user}@${hostname()}`;
}
