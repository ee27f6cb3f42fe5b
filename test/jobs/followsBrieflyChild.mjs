// What follows the journal in a test of its death: it takes a turn to write, and dies with what it has written, before that has ended.
import sqlite3 from "sqlite3";

const path = (url) => url.slice("sqlite:".length);
export default ({ port, url }) => {
  // The driver would end the whole process, were a thread to end that waits for it.
  port.once("message", () => {
    const database = new sqlite3.Database(path(url));
    database.exec("BEGIN IMMEDIATE", () => {
      const written = database.prepare("DELETE FROM journal_follower WHERE 1 = ?");
      written.run([1], () => setTimeout(() => process.exit(3), 50));
    });
  });
  port.postMessage({ t: "q", i: "1", m: "turn", a: [] });
  return new Promise(() => {});
};
