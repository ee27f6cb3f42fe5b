// Another process that holds a SQLite file's lock: says so, and lets go of it when its input ends.
import sqlite3 from "sqlite3";

const [, , path = ""] = process.argv;
const database = new sqlite3.Database(path);
database.exec("BEGIN IMMEDIATE", (error) => {
  process.stdout.write(error === null ? "locked\n" : `${error.message}\n`);
});
process.stdin.resume().on("end", () => process.exit(0));
