// Another process that holds a SQLite file's lock: says so, and lets go of it when its input ends.
import sqlite3 from "sqlite3";

const [, , path = ""] = process.argv;
const database = new sqlite3.Database(path);
database.exec("BEGIN IMMEDIATE", (error) => {
  process.stdout.write(error === null ? "locked\n" : `${error.message}\n`);
});
// Whoever closes it has it in hand: a database that nothing names is collected, and its lock with it.
process.stdin.resume().on("end", () => database.close(() => process.exit(0)));
