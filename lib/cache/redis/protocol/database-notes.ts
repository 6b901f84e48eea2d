import type { NotedServer, ServerNotes } from '../../../words/server-notes.js';

/** Notes in which database the namespace is counted, by script `database.lua`. */
export function databaseNotes(run: (args: string[]) => Promise<unknown>): ServerNotes {
  return {
    read: async () => parse(await run([])),
    write: async ({ process, identity, place }) => parse(await run([process, identity, place])),
    outdate: async (process) => {
      await run([process]);
    },
  };
}

function parse(reply: unknown): NotedServer | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [identity, place, process, age] = reply.map(String) as [string, string, string, string];
  return { identity, place, process, age: Number(age) };
}
