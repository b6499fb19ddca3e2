// A PostgreSQL in this process, for the statements that the core's pages show.

import { readFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";

/** An empty database, and the statements of a page in their order. */
export async function postgres(page) {
  const text = await readFile(new URL(`../../core/docs/${page}.md`, import.meta.url), "utf8");
  return { database: await PGlite.create(), statements: [...text.matchAll(/```sql\n(.*?)```/gs)].map(([, it]) => it) };
}
